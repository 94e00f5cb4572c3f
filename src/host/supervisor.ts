/**
 * Bash that runs one program which may hang, flood or fork, and leaves nothing of it behind.
 *
 * Arguments: deadline in seconds, file for the program's stdin, a mark, then the program's argv. The program
 * runs in a process group of its own. Stdin of the supervisor is its lifeline: when looop closes it, or dies,
 * however it dies, the group is killed. On stderr, after all else, it writes the byte 1 and `<mark> <status>`:
 * the program has ended, though a child that left its group may still hold stdout. `<mark> deadline` comes
 * before that when the deadline killed it.
 *
 * Facts behind it: only bash can `set -m` without a terminal; job messages ("Killed …") go to the shell's
 * own stderr, so that is not the program's; `exec` keeps `argv[0]` from naming a builtin such as `eval`; a
 * TERM may come before the program's pid is known, so it is noted, too; `read -t` in a subshell waits without
 * a second program. The long variable names are not the program's own: what bash has exported, it changes.
 */
export const SUPERVISOR = `
set -m
exec 3>&2 2>/dev/null 4<&0 0</dev/null
trap 'looop_killed=1; [ "$looop_pid" ] && kill -s KILL -- -$looop_pid' TERM INT HUP
exec -- "\${@:4}" 2>&3 <"$2" 3>&- 4<&- &
looop_pid=$!
[ "$looop_killed" ] && kill -s KILL -- -$looop_pid
exec 1>&2
(
  read -r -t "$1" _ <&4
  [ $? -gt 128 ] && printf '\\001%s deadline\\n' "$3" >&3
  kill -s KILL -- -$looop_pid
) &
looop_watch=$!
wait $looop_pid
looop_status=$?
trap '' TERM INT HUP
kill -s KILL $looop_watch
kill -s KILL -- -$looop_pid
printf '\\001%s %s\\n' "$3" $looop_status >&3
exit $looop_status
`;
