# Runs many programs, some at a time, each in a process group of its own, and leaves none of their processes behind.
#
# Arguments: a private directory, how many programs run at once, how many there are, the size that no file may exceed,
# the size that files begin with. The directory has the files `log`, which is empty, and `jobs`, which starts each
# program n from 0 when `looop_next n <tenths of a second>` says so, and notes its pid.
#
# Program n prints to `n.out` and `n.err`. The log has a line `s n <pid> <tenths> <time>` when program n starts, `d n` when its
# deadline kills it, `t n` when it is killed because it stopped, and `e n <status> <time>` when it has ended. The file
# `n.kill` kills program n. When looop closes stdin or dies, even by kill -9, all programs are killed and the directory
# is removed.
#
# Why it is written this way:
# - Forks and files are most of what a small program costs, then what bash expands in a fresh fork: so each program has
#   one fork with literal words, and one process creates all files. Nothing wakes looop but the end.
# - Files begin with a hole so large that the limit on the size of files, which programs inherit, stops a flood of
#   output, but none of the other files that a program may write. Without SIGXFSZ, the write fails.
# - Of programs that end at the same time, `wait -n` reports only one: so each time all are checked.
# - `wait -n` reports which child ended since bash 5.1. Older ones start a bash for each of a few programs at a time;
#   `noclobber` then settles which of them runs what.
# - Before version 4, `read -t` takes whole seconds only and does not tell a timeout from the end of a file.
# - A program that ends at the moment when `wait -n` begins is not waited for: that ends with the next program, or at once
#   where no child is left. So the process that watches deadlines is not a child, and notes no deadline of what has ended.
# - Time is counted in ticks, so that setting the clock kills nothing.
# shellcheck shell=bash
exec 2>/dev/null 3<&0 </dev/null >>"$1/log"
looop_running=()
looop_dir=$1 looop_at_once=$2 looop_version=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))
if [ "$0" != looop-lane ]; then
  trap '' XFSZ
  for ((looop_n = 0; looop_n < $3; looop_n++)); do
    looop_files[looop_n]=$looop_dir/$looop_n.out looop_more[looop_n]=$looop_dir/$looop_n.err
  done
  ulimit -S -f $(($4 / 1024)) && truncate -s "$5" "${looop_files[@]}" "${looop_more[@]}"
  unset looop_files looop_more
  if [ $looop_version -lt 501 ]; then
    for ((looop_n = 0; looop_n < $2 && looop_n < $3; looop_n++)); do
      "$BASH" -p -c "$BASH_EXECUTION_STRING" looop-lane "$1" 1 "$3" <&3 3<&- &
    done
    exec 3<&-
    wait
    exit
  fi
fi
for looop_name in "${!looop_env_@}"; do export -n "${looop_name?}"; done

looop_end() {
  kill -s KILL -- "-$1"
  printf 'e %s %s %s\n' "${looop_running[$1]}" "$2" "$EPOCHREALTIME"
  unset "looop_running[$1]"
}

# Waits until program $1 may start. In an old bash, another lane may have started it.
looop_next() {
  if [ "$looop_n" ]; then printf 's %s %s %s %s\n' "$looop_n" $! "$looop_tenths" "$looop_time"; fi
  looop_n=
  while ((${#looop_running[@]} >= looop_at_once)); do
    looop_pid='' looop_status=127
    if [ $looop_version -ge 501 ]; then
      wait -n -p looop_pid
      looop_status=$?
    fi
    [ "$looop_pid" ] && looop_end "$looop_pid" $looop_status && looop_status=0
    # Each wait may hide the end of others.
    looop_again=1
    while [ "$looop_again" ]; do
      looop_again=
      for looop_pid in "${!looop_running[@]}"; do
        [ $looop_status != 127 ] && kill -0 "$looop_pid" && continue
        wait "$looop_pid"
        looop_end "$looop_pid" $?
        looop_again=1
      done
    done
  done
  if [ "$0" = looop-lane ]; then (set -C && : >"$looop_dir/$1.taken") || return; fi
  looop_n=$1 looop_tenths=$2 looop_time=$EPOCHREALTIME
}

looop_stop() {
  trap '' TERM INT HUP
  for looop_pid in "${!looop_running[@]}" $!; do kill -s KILL -- "-$looop_pid"; done
  kill -s KILL "$looop_watcher"
  exec rm -rf -- "$looop_dir"
}

# bash tells of a stopped child only when no other runs, so ps tells programs that wait for the terminal.
looop_find_stopped() {
  local looop_list looop_pid looop_stat looop_n
  printf -v looop_list '%s,' "${looop_pids[@]}"
  while read -r looop_pid looop_stat; do
    case $looop_stat in T*) ;; *) continue ;; esac
    for looop_n in "${!looop_pids[@]}"; do
      [ "${looop_pids[looop_n]}" = "$looop_pid" ] && looop_kill "$looop_n" t
    done
  done < <(ps -o pid= -o stat= -p "${looop_list%,}")
}

looop_kill() {
  [ "$2" ] && printf '%s %s\n' "$2" "$1"
  kill -s KILL -- "-${looop_pids[$1]}"
}

# Ends everything from outside the main process, whose \`wait -n\` may run a trap only after the next program started.
looop_end_all() {
  local looop_parent looop_pid looop_self
  looop_self=${BASHPID:-$(exec sh -c 'echo "$PPID"')}
  kill -s STOP $$
  # A program that was just forked is not in the log yet.
  while read -r looop_parent looop_pid; do
    if [ "$looop_parent" = $$ ] && [ "$looop_pid" != "$looop_self" ]; then
      kill -s KILL -- "-$looop_pid" "$looop_pid"
    fi
  done < <(ps -A -o ppid= -o pid=)
  rm -rf -- "$looop_dir"
  kill -s KILL $$
  exit
}

looop_watch() {
  local looop_word looop_n looop_pid looop_tenths looop_tick=0.1 looop_step=1 looop_now=0
  [ $looop_version -lt 400 ] && looop_tick=1 looop_step=10
  exec 4<"$looop_dir/log"
  while :; do
    looop_seconds=$SECONDS
    read -r -t "$looop_tick"
    if [ $? -le 128 ] && [ "$SECONDS" = "$looop_seconds" ]; then looop_end_all; fi
    ((looop_now += looop_step))
    while read -r looop_word looop_n looop_pid looop_tenths _ <&4; do
      if [ "$looop_word" = s ]; then
        looop_pids[looop_n]=$looop_pid
        ((looop_due[looop_n] = looop_now + looop_tenths + 1))
      elif [ "$looop_word" = e ]; then
        unset "looop_pids[looop_n]"
      fi
    done
    for looop_n in "${!looop_pids[@]}"; do
      if [ "${looop_due[looop_n]}" -le $looop_now ]; then
        kill -0 "${looop_pids[looop_n]}" && looop_kill "$looop_n" d
        unset "looop_pids[looop_n]"
      elif [ -e "$looop_dir/$looop_n.kill" ]; then
        looop_kill "$looop_n"
      fi
    done
    [ "${#looop_pids[@]}" != 0 ] && ((looop_now % 10 == 0)) && looop_find_stopped
  done
}

trap looop_stop TERM INT HUP
looop_watcher=$(looop_watch <&3 3<&- >>"$looop_dir/log" & echo $!)
exec 3<&-
set -m
looop_n=
# shellcheck disable=SC1091 # written by looop
. "$looop_dir/jobs"
looop_at_once=1
looop_next end
kill -s KILL "$looop_watcher"
