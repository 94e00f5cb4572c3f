#!/usr/bin/env bash
# Pushes a loop's memory. If the branch changed meanwhile, merges both if that is safe: a user edited or answered
# something. If another job ticked from the same memory, pushes this job's commits to a branch of their own, reports
# that, and exits with status 1. See access.sh for the variables.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=access.sh
source "$(dirname "${BASH_SOURCE[0]}")/access.sh"

say() {
  local word
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  # The subjects of commits are a model's text, which could contain workflow commands.
  if [ -n "${GITHUB_ACTIONS:-}" ]; then echo "::stop-commands::$word"; fi
  printf 'memory: %s\n' "$1"
  if [ -n "${GITHUB_ACTIONS:-}" ]; then echo "::$word::"; fi
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then printf '%s\n\n' "$1" >>"$GITHUB_STEP_SUMMARY"; fi
}

fail() {
  say "$1"
  if [ -n "${GITHUB_ACTIONS:-}" ]; then echo "::error title=looop's memory::${1%%$'\n'*}"; fi
  exit 1
}

# A separate repository, because workers may have changed hooks and config in the data directory's .git.
repo=$(mktemp -d)
trap 'rm -rf -- "$repo"' EXIT
git init -q --bare --template= "$repo"
if ! git -C "$repo" fetch -q --no-tags "$LOOOP_DATA_DIR" '+HEAD:refs/heads/ours'; then
  fail "cannot push: $LOOOP_DATA_DIR has no commit; see the error of the tick"
fi
in_repo() { git -C "$repo" "$@"; }
ours=$(in_repo rev-parse refs/heads/ours)

push() { with_token -C "$repo" push -q "$MEMORY_REMOTE" "$1:refs/heads/$2"; }

changed_since() { in_repo diff --name-only "$1" "$2" -- state.json journal.md; }

# Prints a merge commit. Fails if a loop decided something on both sides, or if they conflict.
merge() {
  local base tree
  base=$(in_repo merge-base "$1" "$2") || return 1
  if [ -n "$(changed_since "$base" "$1")" ] && [ -n "$(changed_since "$base" "$2")" ]; then return 1; fi
  tree=$(in_repo merge-tree --write-tree "$1" "$2" 2>/dev/null) || return 1
  GIT_AUTHOR_NAME=looop GIT_AUTHOR_EMAIL=looop@localhost GIT_COMMITTER_NAME=looop GIT_COMMITTER_EMAIL=looop@localhost \
    in_repo commit-tree "$tree" -p "$1" -p "$2" -m "Merge the commits of a job with concurrent changes"
}

reached=
seen=none
for pause in 0 1 2 4; do
  sleep "$pause"
  if ! theirs=$(remote_tip); then continue; fi
  reached=yes
  # The branch did not change since the last attempt, so the remote rejects the push permanently.
  if [ "$theirs" = "$seen" ]; then break; fi
  seen=$theirs
  if [ "$theirs" = "$ours" ]; then
    echo "memory: nothing new since ${ours:0:12}"
    exit 0
  fi
  commit=$ours
  if [ -n "$theirs" ]; then
    if ! with_token -C "$repo" fetch -q --no-tags "$MEMORY_REMOTE" "+refs/heads/$MEMORY_BRANCH:refs/heads/theirs"; then
      continue
    fi
    theirs=$(in_repo rev-parse refs/heads/theirs)
    if in_repo merge-base --is-ancestor "$ours" "$theirs"; then
      echo "memory: $MEMORY_BRANCH already has all of these commits"
      exit 0
    fi
    if ! in_repo merge-base --is-ancestor "$theirs" "$ours"; then
      commit=$(merge "$theirs" "$ours") || break
    fi
  fi
  # The branch may have changed again since.
  if push "$commit" "$MEMORY_BRANCH"; then
    echo "memory: pushed to $MEMORY_BRANCH, now at ${commit:0:12}"
    exit 0
  fi
done

here="the commits of this job are only in $LOOOP_DATA_DIR on this machine"
if [ -z "$reached" ]; then fail "cannot reach $MEMORY_REMOTE; $here"; fi
kept=$MEMORY_BRANCH-lost-${GITHUB_RUN_ID:-$(date -u +%Y%m%d%H%M%S)-$$}-${GITHUB_RUN_ATTEMPT:-1}
if ! push "$ours" "$kept"; then fail "cannot push to $MEMORY_BRANCH or to $kept; $here"; fi
range=$ours
if [ -n "$theirs" ]; then range=$theirs..$ours; fi
how=merge
if [ -n "$theirs" ] && ! in_repo merge-base "$theirs" "$ours" >/dev/null; then
  # Both jobs were a first job, without common history.
  how="merge --allow-unrelated-histories"
fi
fail "cannot merge this job's commits: $MEMORY_BRANCH changed while the job ran. If both sides decided, they did so on the same world, and a move may have been applied twice. Nothing is lost: this job's commits are on the branch $kept.

$(in_repo log --format='%h %s' "$range" | cut -c1-200 | sed 's/^/    /')

To take them over: in a clone of $MEMORY_BRANCH, run git $how origin/$kept. Keep the lines of both in journal.md and cost.jsonl, and run git checkout --ours state.json to keep the state of the branch."
