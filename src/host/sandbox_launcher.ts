/**
 * Bash that becomes bubblewrap. A socket can be connected to through a read-only mount, so each one of the machine
 * that could still be seen inside is covered by /dev/null: a tmux, an ssh-agent, a Docker that listen somewhere else
 * than where all temporary folders are hidden anyway. What listens only later is not covered.
 *
 * Arguments: bubblewrap, the data directory, how many of its options follow, these, and the program's argv. bash and
 * not looop looks, since a scoped Deno may not read /proc. What lies in the data directory is left alone: workers
 * make sockets there, looop does not.
 */
export const SANDBOX_LAUNCHER = `
looop_bwrap=$1 looop_data=$2 looop_count=$3
shift 3
looop_options=("\${@:1:looop_count}")
shift "$looop_count"
looop_at=() looop_how=()
for ((looop_i = 0; looop_i < looop_count; looop_i++)); do
  case \${looop_options[looop_i]} in
  --tmpfs | --dev) looop_at+=("\${looop_options[looop_i + 1]}") looop_how+=(hidden) ;;
  --bind | --ro-bind) looop_at+=("\${looop_options[looop_i + 2]}") looop_how+=(seen) ;;
  esac
done
declare -A looop_real=()
looop_cover() {
  local path=$1 folder=\${1%/*}/ i how=seen
  if [ ! "\${looop_real[$folder]}" ]; then
    cd -P -- "$folder" || return
    looop_real[$folder]=$PWD
  fi
  folder=\${looop_real[$folder]}
  path=\${folder%/}/\${path##*/}
  case $path/ in "$looop_data"/*) return ;; esac
  for ((i = 0; i < \${#looop_at[@]}; i++)); do
    case $path in "\${looop_at[i]%/}"/*) how=\${looop_how[i]} ;; esac
  done
  [ "$how" = hidden ] || looop_options+=(--ro-bind /dev/null "$path")
}
while read -r _ _ _ _ _ _ _ looop_path; do
  case $looop_path in /*) [ ! -S "$looop_path" ] || looop_cover "$looop_path" ;; esac
done 2>/dev/null </proc/net/unix
unset OLDPWD
exec -- "$looop_bwrap" "\${looop_options[@]}" -- "$@"
`;
