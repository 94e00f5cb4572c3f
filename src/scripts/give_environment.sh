# Writes stdin to the pipe ($1) from which a session (process $2) reads its environment.
# The pipe is opened for reading as well, so that opening it does not wait for a reader that never comes; and it stays open
# until the session has read everything and removed it, because data that no process holds open is lost.
# shellcheck shell=bash
exec 3<>"$1"
cat >&3
while [ -e "$1" ] && kill -0 "$2" 2>&-; do sleep 0.01; done
