# shellcheck shell=bash
# How the steps reach the memory; sourced by them. Needs
#
#   LOOOP_DATA_DIR   where the loop's memory is on this machine
#   MEMORY_REMOTE    the repository that keeps it: a URL or a path
#   MEMORY_BRANCH    its branch there
#   MEMORY_TOKEN     for https: what may read and write there; empty where git has access anyway

for name in LOOOP_DATA_DIR MEMORY_REMOTE MEMORY_BRANCH; do
  if [ -z "${!name:-}" ]; then
    echo "$0: $name is not set" >&2
    exit 2
  fi
done
if ! git check-ref-format "refs/heads/$MEMORY_BRANCH"; then
  echo "$0: MEMORY_BRANCH=$MEMORY_BRANCH cannot be the name of a branch" >&2
  exit 2
fi
export LC_ALL=C GIT_TERMINAL_PROMPT=0
umask 077
token=${MEMORY_TOKEN:-}
unset MEMORY_TOKEN
if [ -n "$token" ]; then
  # A config in the home, where workers may write, would say what becomes of it.
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
fi

# Runs git with the token: in the environment of this git alone, so that no file and no list of processes shows it.
with_token() {
  if [ -z "$token" ]; then
    git "$@"
    return
  fi
  local basic
  basic=$(printf 'x-access-token:%s' "$token" | base64 | tr -d '\n')
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$MEMORY_REMOTE.extraHeader" \
    GIT_CONFIG_VALUE_0="Authorization: Basic $basic" git "$@"
}

# The commit at the end of the remote's branch; nothing where there is no such branch.
remote_tip() {
  local found
  if ! found=$(with_token ls-remote "$MEMORY_REMOTE" "refs/heads/$MEMORY_BRANCH"); then
    echo "$0: cannot read the branches of $MEMORY_REMOTE" >&2
    return 1
  fi
  printf '%s' "${found%%[[:space:]]*}"
}
