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
declare -A looop_real=()
looop_cover() {
  local path=$1 directory=${1%/*}/ i how=seen
  if [ ! "${looop_real[$directory]}" ]; then
    cd -P -- "$directory" || return
    looop_real[$directory]=$PWD
  fi
  directory=${looop_real[$directory]}
  path=${directory%/}/${path##*/}
  case $path/ in "$looop_data"/*) return ;; esac
  for ((i = 0; i < ${#looop_at[@]}; i++)); do
    case $path in "${looop_at[i]%/}"/*) how=${looop_how[i]} ;; esac
  done
  [ "$how" = hidden ] || looop_options+=(--ro-bind /dev/null "$path")
}
while read -r _ _ _ _ _ _ _ looop_path; do
  case $looop_path in /*) [ ! -S "$looop_path" ] || looop_cover "$looop_path" ;; esac
done 2>/dev/null </proc/net/unix
unset OLDPWD
exec -- "$looop_bwrap" "${looop_options[@]}" -- "$@"
