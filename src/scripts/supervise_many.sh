# Runs many programs, some at a time, each in a process group of its own, and leaves none of their processes behind.
#
# Arguments: a private directory, how many programs run at once, how many there are. The directory's file `jobs`
# defines, for each program n from 0, the array looop_argv_n, where it has any of its own the array looop_vars_n
# (`NAME=k`: exported with the value of looop_env_k; `-NAME`: unset), and looop_deadlines[n] in tenths of a second;
# looop_tickets is the text of all n % 10. A program prints to `n.out` and `n.err`.
#
# Prints `s n` when program n starts, `d n` when its deadline kills it, `t n` when it is killed since it stopped,
# and `e n <status>` when it has ended.
# Stdin is the lifeline: a line `n` kills program n; when looop closes stdin or dies, even by kill -9, all
# programs are killed and the directory is removed.
#
# Why it is written this way:
# - `wait -n` cannot tell which child ended before bash 5.1, so each of a few lanes runs one program at a time and
#   waits for exactly that. A lane costs one fork, a shell per program would double the cost of a small program.
# - Lanes share the work through a pipe of tickets: a read of one byte is atomic. A ticket names only n % 10;
#   `noclobber` then settles which lane has which n.
# - Before version 4, `read -t` takes whole seconds only and does not tell a timeout from the end of a file.
# - Time is counted in ticks, so that setting the clock kills nothing.
# shellcheck shell=bash disable=SC2154 # the variables that `jobs` defines
exec 2>/dev/null 3>&1 4<&0 0</dev/null 1>/dev/null
looop_dir=$1
# shellcheck disable=SC1091 # written by looop
. "$looop_dir/jobs"
for looop_name in "${!looop_env_@}"; do export -n "${looop_name?}"; done
# shellcheck disable=SC2094 # lanes write what this reads
exec 6>>"$looop_dir/started" 5<"$looop_dir/started" 8< <(printf %s "$looop_tickets")

looop_lane() {
  set -m -C
  exec 4<&- 5<&-
  trap 'kill -s KILL -- -$!; exit' TERM INT HUP
  looop_n=-1 looop_report=
  while read -r -n 1 -u 8 looop_ticket; do
    ((looop_n += 1, looop_n += (looop_ticket - looop_n % 10 + 10) % 10))
    until exec 7>"$looop_dir/$looop_n.out"; do ((looop_n += 10)); done
    looop_argv="looop_argv_${looop_n}[@]" looop_vars="looop_vars_${looop_n}[@]"
    looop_start &
    looop_pid=$!
    exec 7>&-
    printf '%s %s\n' "$looop_n" "$looop_pid" >&6
    # In one piece with the end of the one before: each piece wakes looop.
    printf '%ss %s\n' "$looop_report" "$looop_n" >&3
    wait "$looop_pid"
    looop_report="e $looop_n $?"$'\n'
    kill -s KILL -- "-$looop_pid"
    printf '%s 0\n' "$looop_n" >&6
  done
  printf %s "$looop_report" >&3
}

looop_start() {
  local looop_var
  for looop_var in "${!looop_vars}"; do
    case $looop_var in
    -*) unset "${looop_var#-}" ;;
    *)
      looop_name=looop_env_${looop_var#*=}
      export "${looop_var%%=*}=${!looop_name}"
      ;;
    esac
  done
  exec -- "${!looop_argv}" >&7 2>>"$looop_dir/$looop_n.err" 3>&- 6>&- 7>&- 8<&-
}

looop_stop() {
  trap '' TERM INT HUP
  # shellcheck disable=SC2086 # one pid a word
  kill -s TERM $looop_lanes
  wait
  exec rm -rf -- "$looop_dir"
}

# bash tells of a stopped child only outside subshells, so ps tells lanes' programs that wait for the terminal.
looop_find_stopped() {
  local looop_list looop_pid looop_stat looop_n
  printf -v looop_list '%s,' "${looop_pids[@]}"
  while read -r looop_pid looop_stat; do
    case $looop_stat in T*) ;; *) continue ;; esac
    for looop_n in "${!looop_pids[@]}"; do
      [ "${looop_pids[looop_n]}" = "$looop_pid" ] || continue
      printf 't %s\n' "$looop_n" >&3
      looop_kill "$looop_n"
    done
  done < <(ps -o pid= -o stat= -p "${looop_list%,}")
}

looop_kill() { [ "${looop_pids[$1]}" ] && kill -s KILL -- "-${looop_pids[$1]}"; }

looop_lanes=''
trap looop_stop TERM INT HUP
for ((looop_n = 0; looop_n < $2 && looop_n < $3; looop_n++)); do
  looop_lane &
  looop_lanes+=" $!"
done
exec 8<&-

looop_tick=0.1 looop_step=1 looop_now=0
[ "${BASH_VERSINFO[0]}" -lt 4 ] && looop_tick=1 looop_step=10
while :; do
  looop_line='' looop_seconds=$SECONDS
  read -r -t "$looop_tick" looop_line <&4
  looop_status=$?
  if [ $looop_status != 0 ]; then
    [ $looop_status -gt 128 ] || [ "$SECONDS" != "$looop_seconds" ] || looop_stop
    ((looop_now += looop_step))
    [ "${#looop_pids[@]}" != 0 ] && ((looop_now % 10 == 0)) && looop_find_stopped
  fi
  while read -r looop_n looop_pid <&5; do
    if [ "$looop_pid" = 0 ]; then
      unset "looop_pids[looop_n]" "looop_due[looop_n]"
    else
      looop_pids[looop_n]=$looop_pid
      ((looop_due[looop_n] = looop_now + looop_deadlines[looop_n] + 1))
    fi
  done
  [ "$looop_line" ] && looop_kill "$looop_line"
  for looop_n in "${!looop_due[@]}"; do
    [ "${looop_due[looop_n]}" -le $looop_now ] || continue
    printf 'd %s\n' "$looop_n" >&3
    looop_kill "$looop_n"
    unset "looop_due[looop_n]"
  done
done
