# shellcheck shell=bash
# Access to the memory, sourced by the scripts of the steps. Needs these variables:
#
#   LOOOP_DATA_DIR   directory of the loop's memory on this machine
#   MEMORY_REMOTE    repository that has the memory: a URL or a path
#   MEMORY_BRANCH    branch of that repository
#   MEMORY_TOKEN     for https: token with read and write access; empty if git has access without one

for name in LOOOP_DATA_DIR MEMORY_REMOTE MEMORY_BRANCH; do
  if [ -z "${!name:-}" ]; then
    echo "$0: $name is not set; set it" >&2
    exit 2
  fi
done
if ! git check-ref-format "refs/heads/$MEMORY_BRANCH"; then
  echo "$0: MEMORY_BRANCH=$MEMORY_BRANCH is not a valid branch name; choose another" >&2
  exit 2
fi
export LC_ALL=C GIT_TERMINAL_PROMPT=0
umask 077
token=${MEMORY_TOKEN:-}
unset MEMORY_TOKEN
if [ -n "$token" ]; then
  # Workers may write to the git config in HOME, which could send the token elsewhere.
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
fi

# Runs git with the token. Only the environment of this git has it, so that no file and no process list shows it.
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

# Prints the commit of the remote's branch, or nothing if the branch does not exist.
remote_tip() {
  local found
  if ! found=$(with_token ls-remote "$MEMORY_REMOTE" "refs/heads/$MEMORY_BRANCH"); then
    echo "$0: cannot read the branches of $MEMORY_REMOTE; check the URL, the token and the network" >&2
    return 1
  fi
  printf '%s' "${found%%[[:space:]]*}"
}
