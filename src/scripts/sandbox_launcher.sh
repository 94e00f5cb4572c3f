# shellcheck shell=bash
#
# Bash that becomes bubblewrap. A read-only mount does not prevent connections to a socket, so this covers with /dev/null
# every socket of the machine that is visible inside: of a tmux, an ssh-agent or a Docker outside of the hidden
# temporary directories. Sockets that are created later are not covered, nor are those in the data directory, which
# only workers create. bash does this because a scoped Deno may not read /proc.
#
# Arguments: bubblewrap, the data directory, the number of bubblewrap's options, these options, the program's argv.
looop_bwrap=$1 looop_data=$2 looop_count=$3
shift 3
looop_options=("${@:1:looop_count}")
shift "$looop_count"
looop_at=() looop_how=()
for ((looop_i = 0; looop_i < looop_count; looop_i++)); do
  case ${looop_options[looop_i]} in
  --tmpfs | --dev) looop_at+=("${looop_options[looop_i + 1]}") looop_how+=(hidden) ;;
  --bind | --ro-bind) looop_at+=("${looop_options[looop_i + 2]}") looop_how+=(seen) ;;
  esac
done
looop_cover() {
  local path i how=seen
  cd -P -- "${1%/*}/" || return
  path=${PWD%/}/${1##*/}
  case $path/ in "$looop_data"/*) return ;; esac
  for ((i = 0; i < ${#looop_at[@]}; i++)); do
    case $path in "${looop_at[i]%/}"/*) how=${looop_how[i]} ;; esac
  done
  [ "$how" = hidden ] || looop_options+=(--ro-bind /dev/null "$path")
}
# At once: a loop of read would seek back after each line, and skip some while sockets come and go.
mapfile -t looop_lines 2>/dev/null </proc/net/unix
for looop_path in "${looop_lines[@]#* /}"; do
  [ ! -S "/$looop_path" ] || looop_cover "/$looop_path"
done 2>/dev/null
unset OLDPWD
exec -- "$looop_bwrap" "${looop_options[@]}" -- "$@"
