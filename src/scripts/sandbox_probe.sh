# shellcheck shell=bash
#
# Bash that checks from inside a sandbox what the sandbox promises. It prints a line for each promise that does not hold,
# one that begins with `unknown: ` for what it cannot try, and at last `probed`. It changes nothing: it opens settings of
# the kernel for writing, but writes none.
#
# Arguments: `network` if it may have the network, else nothing; the numbers of keyctl, socket and unshare; the paths that
# must be empty.
looop_network=$1 looop_keyctl=$2 looop_socket=$3 looop_unshare=$4
shift 4
[ "$EUID" != 0 ] || echo "its user is root"
while read -r looop_key looop_value; do
  case $looop_key in
  CapEff: | CapBnd:) [[ $looop_value =~ ^0+$ ]] || echo "it has capabilities ($looop_value)" ;;
  NoNewPrivs:) [ "$looop_value" = 1 ] || echo "setuid programs change its user" ;;
  Seccomp:) [ "$looop_value" = 2 ] || echo "system calls are not filtered" ;;
  esac
done </proc/self/status
for looop_path in /proc/sys/kernel/{core_pattern,hostname,panic} /proc/sysrq-trigger /proc/irq/default_smp_affinity \
  /proc/self/{oom_score_adj,uid_map,mem} /proc/1/oom_score_adj /sys/kernel/*; do
  [ -f "$looop_path" ] && (: >>"$looop_path") 2>/dev/null && echo "$looop_path is writable"
done
[ ! -s /proc/keys ] && ! read -r _ </proc/keys || echo "the names of your keys are readable in /proc/keys"
if command -v perl >/dev/null; then
  looop_call() { perl -e 'exit(syscall(shift() + 0, map { $_ + 0 } @ARGV) != -1)' "$@"; }
elif command -v python3 >/dev/null; then
  looop_call() { python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(*map(int, sys.argv[1:])) != -1)' "$@"; }
else
  echo "unknown: neither perl nor python3 is here to try system calls"
  looop_call() { :; }
fi
looop_call "$looop_keyctl" 0 -3 0 || echo "your session keyring is readable"
looop_call "$looop_keyctl" 0 -4 0 || echo "your user's keyring is readable"
looop_call "$looop_socket" 40 1 0 || echo "it can reach the host of a virtual machine (AF_VSOCK)"
looop_call "$looop_unshare" $((0x10000000)) || echo "it can make user namespaces"
if [ ! "$looop_network" ]; then
  looop_call "$looop_socket" 1 1 0 || echo "it can connect to sockets of this machine (AF_UNIX)"
  looop_call "$looop_socket" 1 2 0 || echo "it can send to sockets of this machine (AF_UNIX)"
  while read -r looop_key _; do
    case $looop_key in Inter-\|* | face | lo:) ;; *) echo "it has the network interface ${looop_key%:}" ;; esac
  done </proc/net/dev
fi
shopt -s nullglob dotglob
for looop_path; do
  looop_inside=("$looop_path"/*)
  if [ "${#looop_inside[@]}" != 0 ] || read -rN 1 _ 2>/dev/null <"$looop_path"; then
    echo "$looop_path is readable"
  fi
done 2>/dev/null
echo probed
