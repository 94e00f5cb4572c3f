#!/usr/bin/env bash
# What tmux starts in each session; looop writes it to `.looop/bin/worker`.
#
# It reads the environment from a pipe, each NAME=VALUE ended by NUL and the whole by another NUL: tmux limits what it
# passes on, and a file would leave secrets behind. When nothing arrives within 30 s, or no end, looop has died.
# `pulse` then becomes looop; `setup` runs a program that the user sets up. `worker` becomes `outer`, which records the
# worker's command with `script` and at the end writes exit.json. `inner` runs under `script`.
#
# Why it is written this way:
# - The tmux server keeps the arguments of the tmux that started it, so the mark must not be among those.
# - When the tmux server dies, only the leader of the session gets HUP: `outer` survives it. But a `script` whose
#   stdin is that terminal would send its child a Ctrl-D, and interactive agents exit on that. So `cat` passes the
#   keys on, and after its end `sleep` keeps the pipe open.
# - Without a terminal as stdin `script` does not see changes of the size, so `feed` passes those on, also one that
#   came before it started, and until what it set is what it reads: a signal may come in between. Once the command
#   has ended, `script` would spin until stdin ends, unless another process holds its terminal open.
# - util-linux takes a command with -c and runs it by $SHELL, which may be anything; BSD takes its arguments and has
#   no timing option.
# - A continued session adds to the transcript of the one before it, which may have left its keys and its terminal.
# - On a busy machine `script` may lose what its child printed just before it ended, so `inner` ends a moment later.
# - A trap with a handler, other than an ignored signal, is not inherited by child processes.
resize() {
  local size=
  until [ "$size" = "$(stty size <&3)" ]; do
    size=$(stty size <&3)
    # shellcheck disable=SC2086 # rows and columns
    set -- $size
    stty rows "$1" cols "$2" <&4
  done
}

feed() {
  until [ -s "$looop_folder/tty" ]; do sleep 0.02; done
  exec 4<>"$(<"$looop_folder/tty")"
  trap resize WINCH
  resize
  cat <&3 &
  until wait $!; [ $? -le 128 ]; do :; done
  exec sleep 2147483647
}

record() {
  if [[ $(script --version 2>/dev/null </dev/null) == *util-linux* ]]; then
    # shellcheck disable=SC2016 # the shell that script starts expands it
    SHELL=$BASH script -aqfe --timing="$looop_folder/timing" -c 'exec bash -p "$looop_script" inner' \
      "$looop_folder/transcript"
  else
    script -aq -F "$looop_folder/transcript" bash -p "$looop_script" inner
  fi
}

take_environment() {
  local looop_entry looop_whole=
  unset TMUX TMUX_PANE
  exec 4<>"$1"
  while IFS= read -r -t 30 -d '' looop_entry <&4; do
    [ "$looop_entry" ] || { looop_whole=1; break; }
    # shellcheck disable=SC2163 # NAME=VALUE
    export "$looop_entry" 2>/dev/null
  done
  exec 4>&-
  rm -f "$1"
  [ "$looop_whole" ] && [ "$LOOOP_BIN" ] || exit 1
}

case $1 in
pulse)
  take_environment "$2"
  exec "$LOOOP_BIN"
  ;;
setup)
  take_environment "$2"
  trap : INT
  status=0
  bash -c "$3" || status=$?
  # What it printed would vanish with its window. Ctrl-C ends it with 130.
  case $status in 0 | 130) exit ;; esac
  printf '\n[%s ended with status %d; Enter returns to looop]' "$3" "$status"
  read -r
  ;;
worker)
  take_environment "$2/start"
  exec bash -p "$0" outer "LOOOP_WRAPPER=$LOOOP_GENERATION" "$2"
  ;;
outer)
  trap : HUP
  export looop_script=$0 looop_folder=$3 looop_shell looop_size
  looop_shell=$SHELL looop_size=$(stty size)
  stty raw -echo
  rm -f "$looop_folder/keys" "$looop_folder/tty"
  mkfifo -m 600 "$looop_folder/keys"
  exec 3<&0
  feed >"$looop_folder/keys" &
  record <"$looop_folder/keys"
  looop_status=$?
  [ -s "$looop_folder/status" ] && looop_status=$(<"$looop_folder/status")
  printf '{"exit_code":%d,"at":"%s","how":"exited"}\n' "$looop_status" \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$looop_folder/.exit.json"
  mv -f "$looop_folder/.exit.json" "$looop_folder/exit.json"
  rm -f "$looop_folder/keys" "$looop_folder/tty" "$looop_folder/status"
  stty sane 2>/dev/null
  trap '' HUP TERM
  kill -s TERM 0
  exit "$looop_status"
  ;;
inner)
  trap : HUP INT QUIT TERM
  exec 3<&-
  looop_status_file=$looop_folder/status
  # shellcheck disable=SC2086 # rows and columns
  set -- $looop_size
  stty sane rows "$1" cols "$2"
  looop_tty=$(tty)
  printf '%s' "$looop_tty" >"$looop_folder/tty"
  looop_command=$(<"$looop_folder/command")
  SHELL=$looop_shell
  [ "$SHELL" ] || unset SHELL
  export -n looop_script looop_folder looop_shell looop_size
  bash -c "$looop_command"
  printf '%s' $? >"$looop_status_file"
  sleep 0.05
  ;;
esac
