# Runs one program that may hang, flood or fork, and leaves none of its processes behind.
#
# Arguments: deadline in seconds, file for the program's stdin, a mark, then the program's argv. The program runs
# in a process group of its own. Stdin is the lifeline: when looop closes it or dies, even by kill -9, the group
# is killed. Stdout and stderr carry, behind the program's own output, the byte 1 and `<mark> <status>` once the program
# has ended. `<mark> deadline` comes before that when the deadline killed the program. A child that left the group may
# go on holding the program's output: TERM then ends what relays that.
#
# Why it is written this way:
# - Only bash can `set -m` without a terminal.
# - Job messages ("Killed ...") go to the shell's own stderr, so that is not the program's.
# - `exec` keeps argv[0] from naming a builtin such as `eval`.
# - A TERM may arrive before the program's pid is known, so it is noted, too.
# - `read -t` in a subshell waits without a second program. Before version 4 it takes whole seconds only and does not
#   tell a timeout from the end of a file.
# - `cat`, found by the system's own PATH, relays the program's output, so that no child of the program can hold the
#   pipes that looop reads to their end.
# - bash changes the variables that it was given exported, so its own have names that no program uses.
# shellcheck shell=bash
# bash tells of a stopped child only outside subshells, so this part runs in a bash of its own.
if [ "$0" = looop-inner ]; then
  set -m
  exec 3>&2 2>/dev/null 0</dev/null
  trap 'looop_killed=1; [ "$looop_pid" ] && kill -s KILL -- -$looop_pid' TERM INT HUP
  exec -- "${@:4}" 2>&3 <"$2" 3>&- 4<&- &
  looop_pid=$!
  [ "$looop_killed" ] && kill -s KILL -- -$looop_pid
  exec 5>&1 1>&2
  (
    exec 5>&-
    looop_timeout=$1 looop_begun=$SECONDS
    [ "${BASH_VERSINFO[0]}" -lt 4 ] && looop_timeout=$((${1%.*} + 1))
    read -r -t "$looop_timeout" _ <&4
    if [ $? -gt 128 ] ||
      { [ "${BASH_VERSINFO[0]}" -lt 4 ] && [ $((SECONDS - looop_begun)) -ge "$looop_timeout" ]; }; then
      printf '\001%s deadline\n' "$3" >&3
    fi
    kill -s KILL -- -$looop_pid
  ) &
  looop_watch=$!
  wait $looop_pid
  looop_status=$?
  trap '' TERM INT HUP
  kill -s KILL $looop_watch
  kill -s KILL -- -$looop_pid
  printf '\001%s %s\n' "$3" $looop_status >&3
  printf '\001%s %s\n' "$3" $looop_status >&5
  exit
fi

set -m
exec 3>&1 4<&0 5>&2 0</dev/null 1>/dev/null 2>/dev/null
trap 'kill -s KILL %1' TERM
trap : INT HUP
{
  set +m
  { "$BASH" -p -c "$BASH_EXECUTION_STRING" looop-inner "$@" 2>&1 >&6 3>&- 5>&- 6>&- |
    command -p cat >&5 3>&- 4<&- 5>&- 6>&-; } 6>&1 | command -p cat >&3 3>&- 4<&- 5>&-
} &
exec 3>&- 5>&-
until wait; do :; done
