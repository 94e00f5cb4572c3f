# Kills a tree of processes: HUP, after a second or so TERM, then KILL; then records that, and runs a program.
#
# Arguments: `wait`, or nothing to return at once; then, for once no process of the tree is left, a file that may be there,
# its new name, and the program to run, if any. The mark comes on stdin: among the arguments it would make this very
# process one of the tree. Prints the processes that even KILL did not end, or UNKNOWN.
#
# Why it is written this way:
# - It is bash, since a scoped Deno may not signal processes that it did not start, and since looop may be stopped
#   half-way or belong to the tree itself.
# - A process once seen belongs to the tree also when its parent has died; its start time tells it from a later
#   process with the same pid.
# - A listing without this process is invalid: on a machine that cannot start one more process, ps prints nothing.
# - A second bash kills: it has a process group of its own, which a kill of the caller's group does not reach.
# shellcheck shell=bash
IFS= read -r mark
if [ "$0" != looop-killer ]; then
  set -m
  "$BASH" -p -c "$BASH_EXECUTION_STRING" looop-killer "$@" <<<"$mark" &
  [ -z "$1" ] || wait $!
  exit
fi
trap '' HUP INT TERM
[ "$1" ] || exec >/dev/null 2>&1
shift
seen=
check() {
  local found
  found=$(
    {
      # shellcheck disable=SC2086 # one process a word
      printf '%s\n' "$mark" $$ $seen TABLE
      ps axeww -o pid= -o ppid= -o pgid= -o stat= -o lstart= -o args=
    } | awk '
      NR == 1 { mark = $0; next }
      NR == 2 { self = $0; next }
      !table { if ($0 == "TABLE") table = 1; else known[$0]; next }
      $3 == self { self_seen = 1; next }
      $4 ~ /^Z/ { next }
      {
        key[$1] = $1 "@" $5 $6 $7 $8 $9
        parent[$1] = $2
        group[$1] = $3
        if (index($0 " ", " LOOOP_WRAPPER=" mark " ")) { spared[$3]; mine[$1] }
        if (index($0 " ", " LOOOP_GENERATION=" mark " ")) mine[$1]
        if (key[$1] in known || key[$1] "/spared" in known) mine[$1]
      }
      END {
        if (!self_seen) exit 1
        do {
          more = 0
          for (pid in parent) if (!(pid in mine) && parent[pid] in mine) { mine[pid]; more = 1 }
        } while (more)
        for (pid in mine) print key[pid] (group[pid] in spared ? "/spared" : "")
      }'
  ) || return 1
  seen=$found
}
signal() {
  local pids='' entry
  for entry in $seen; do
    case $entry in */spared) [ "$2" ] || continue ;; esac
    pids="$pids ${entry%%@*}"
  done
  # shellcheck disable=SC2086 # one pid a word
  [ -z "$pids" ] || kill -s "$1" -- $pids
}
stage() {
  local n
  signal "$1" "$3"
  # A stopped process takes no signal but KILL until it goes on.
  [ "$1" = KILL ] || signal CONT "$3"
  for ((n = 0; n < $2; n++)); do
    sleep 0.05
    check || continue
    [ "$seen" ] || return 0
    [ "$1" != KILL ] || signal KILL "$3"
  done
  return 1
}
{
  for ((n = 0; n < 40; n++)); do
    if check; then break; fi
    sleep 0.05
  done
  [ $n = 40 ] && seen=UNKNOWN
  [ -z "$seen" ] || [ "$seen" = UNKNOWN ] || stage HUP 15 || stage TERM 20 || stage KILL 10 || stage KILL 40 all
} 2>/dev/null
if [ "$seen" ]; then
  # shellcheck disable=SC2086 # one process a word
  printf '%s\n' $seen
  exit 1
fi
exec >/dev/null 2>&1 </dev/null
mv -f -- "$1" "$2"
shift 2
[ $# = 0 ] || exec -- "$@"
