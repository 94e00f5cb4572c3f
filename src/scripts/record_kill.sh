# Records the end of a killed worker: renames its killing.json ($1) to exit.json ($2), then runs the command that follows.
# shellcheck shell=bash
mv -f -- "$1" "$2"
shift 2
[ $# = 0 ] || exec -- "$@"
