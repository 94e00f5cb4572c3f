# Runs a command that Ctrl-C does not stop: the terminal sends it to every process of the foreground group.
# shellcheck shell=bash
trap '' INT
exec -- "$@"
