# Starts the killer of process trees in a process group of its own.
#
# Arguments: the text of kill_tree.sh, `wait` or nothing to return while it runs, then its arguments. Passes stdin's
# one line on.
# shellcheck shell=bash
set -m
killer=$1 wait=$2
shift 2
IFS= read -r mark
if [ "$wait" ]; then
  bash -p -c "$killer" looop "$@" <<<"$mark" &
  wait $!
else
  bash -p -c "$killer" looop "$@" <<<"$mark" >/dev/null 2>&1 &
fi
