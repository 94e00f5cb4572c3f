# shellcheck shell=bash
#
# Bash that becomes bubblewrap. It gives it the seccomp filter, and root another user's id, under which nothing inside is
# root; where that is impossible, bubblewrap says why and starts nothing. Files of root are that user's inside, so the
# user's name is added to /etc/passwd: programs such as ssh need one. /proc/keys has the names of the user's keys.
#
# A read-only mount does not prevent connections to a socket. Without the network the filter refuses all sockets of the
# machine. With it, this covers with /dev/null those that are visible inside: of a tmux, an ssh-agent or a Docker outside
# of the hidden temporary directories; not those that are created later, or bound by another name or a relative one, nor
# those in the data directory, which only workers create. bash does this because a scoped Deno may not read /proc.
#
# Arguments: bubblewrap, the data directory, `network` or nothing, the filter with `\xHH` for each byte, the number of
# bubblewrap's options, these options, the program's argv.
for looop_fd in /proc/self/fd/*; do
  # A directory or socket that was open outside would stay open inside.
  looop_fd=${looop_fd##*/}
  [ "$looop_fd" -le 2 ] || exec {looop_fd}>&-
done
looop_bwrap=$1 looop_data=$2 looop_network=$3 looop_filter=$4 looop_count=$5
shift 5
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
if [ "$looop_network" ]; then
  # At once: a loop of read would seek back after each line, and skip some while sockets come and go.
  mapfile -t looop_lines 2>/dev/null </proc/net/unix
  for looop_path in "${looop_lines[@]#* /}"; do
    [ ! -S "/$looop_path" ] || looop_cover "/$looop_path"
  done 2>/dev/null
fi
if [ "$EUID" = 0 ]; then
  looop_user=65533
  exec {looop_passwd}< <(
    printf '%s\n' "$(</etc/passwd)" "looop:x:$looop_user:$looop_user::${HOME:-/}:/bin/bash"
  )
  looop_options+=(--unshare-user --uid "$looop_user" --gid "$looop_user")
  [ ! -e /etc/passwd ] || looop_options+=(--perms 0644 --ro-bind-data "$looop_passwd" /etc/passwd)
fi
for looop_path in /proc/keys /proc/key-users; do
  [ -e "$looop_path" ] || continue
  exec {looop_empty}</dev/null
  looop_options+=(--ro-bind-data "$looop_empty" "$looop_path")
done
exec {looop_seccomp}< <(printf %b "$looop_filter")
unset OLDPWD
exec -- "$looop_bwrap" "${looop_options[@]}" --seccomp "$looop_seccomp" -- "$@"
