/**
 * Bash that runs one program which may hang, flood or fork, and leaves nothing of it behind.
 *
 * Arguments: deadline in seconds, file for the program's stdin, a mark, then the program's argv. The program
 * runs in a process group of its own. Stdin of the supervisor is its lifeline: when looop dies, however it
 * dies, the pipe closes, and the group is killed. On stderr, after all else, it writes `<mark> <status>`:
 * the program has ended, though a child that left its group may still hold stdout. `<mark> deadline` comes
 * before that when the deadline killed it.
 *
 * Facts behind it: only bash can `set -m` without a terminal; job messages ("Killed …") go to the shell's
 * own stderr, so that is closed once the program has started; `read -t` in a subshell waits without a
 * second program.
 */
export const SUPERVISOR = `
set -m
exec 3>&2 4<&0 0</dev/null
"\${@:4}" <"$2" 3>&- 4<&- &
p=$!
exec 2>/dev/null 1>&2
(
  read -r -t "$1" _ <&4
  [ $? -gt 128 ] && printf '\\n%s deadline\\n' "$3" >&3
  kill -s KILL -- -$p
) &
w=$!
trap 'kill -s KILL -- -$p' TERM INT HUP
wait $p
s=$?
trap '' TERM INT HUP
kill -s KILL $w
kill -s KILL -- -$p
printf '\\n%s %s\\n' "$3" $s >&3
exit $s
`;
