#!/usr/bin/env bash
# Pushes a loop's memory. Where the branch went on meanwhile, both are merged if that is safe: a person has edited
# or answered something. Where it is not, since another job has ticked from the same memory, this job's commits are
# kept on a branch of their own, and that is said; exit status 1. See access.sh for what it needs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=access.sh
source "$(dirname "${BASH_SOURCE[0]}")/access.sh"

say() {
  echo "memory: $1"
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then printf '%s\n\n' "$1" >>"$GITHUB_STEP_SUMMARY"; fi
}

fail() {
  say "$1"
  if [ -n "${GITHUB_ACTIONS:-}" ]; then echo "::error title=looop's memory::${1%%$'\n'*}"; fi
  exit 1
}

# What workers may have written into the data directory's own .git (hooks, config) has no say in what is pushed.
repo=$(mktemp -d)
trap 'rm -rf -- "$repo"' EXIT
git init -q --bare --template= "$repo"
if ! git -C "$repo" fetch -q --no-tags "$LOOOP_DATA_DIR" '+HEAD:refs/heads/ours'; then
  fail "there is nothing to push: $LOOOP_DATA_DIR has no commit, so the tick did not get far"
fi
in_repo() { git -C "$repo" "$@"; }
ours=$(in_repo rev-parse refs/heads/ours)

push() { with_token -C "$repo" push -q "$MEMORY_REMOTE" "$1:refs/heads/$2"; }

changed_since() { in_repo diff --name-only "$1" "$2" -- state.json journal.md; }

# Prints a commit that has all of both; fails where a loop has decided something in both, or they contradict.
merge() {
  local base tree
  base=$(in_repo merge-base "$1" "$2") || return 1
  if [ -n "$(changed_since "$base" "$1")" ] && [ -n "$(changed_since "$base" "$2")" ]; then return 1; fi
  tree=$(in_repo merge-tree --write-tree "$1" "$2" 2>/dev/null) || return 1
  GIT_AUTHOR_NAME=looop GIT_AUTHOR_EMAIL=looop@localhost GIT_COMMITTER_NAME=looop GIT_COMMITTER_EMAIL=looop@localhost \
    in_repo commit-tree "$tree" -p "$1" -p "$2" -m "Merge what a job did with what came meanwhile"
}

reached=
seen=none
for pause in 0 1 2 4; do
  sleep "$pause"
  if ! theirs=$(remote_tip); then continue; fi
  reached=yes
  # Nothing came in between, so it is refused for good.
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
      echo "memory: $MEMORY_BRANCH has all of this already, and more"
      exit 0
    fi
    if ! in_repo merge-base --is-ancestor "$theirs" "$ours"; then
      commit=$(merge "$theirs" "$ours") || break
    fi
  fi
  # It may have gone on once more since.
  if push "$commit" "$MEMORY_BRANCH"; then
    echo "memory: pushed to $MEMORY_BRANCH, now at ${commit:0:12}"
    exit 0
  fi
done

here="what this job did is in $LOOOP_DATA_DIR alone, on this machine"
if [ -z "$reached" ]; then fail "cannot reach $MEMORY_REMOTE: $here"; fi
kept=$MEMORY_BRANCH-lost-${GITHUB_RUN_ID:-$(date -u +%Y%m%d%H%M%S)-$$}-${GITHUB_RUN_ATTEMPT:-1}
if ! push "$ours" "$kept"; then fail "cannot push to $MEMORY_BRANCH, nor to $kept: $here"; fi
range=$ours
if [ -n "$theirs" ]; then range=$theirs..$ours; fi
how=merge
if [ -n "$theirs" ] && ! in_repo merge-base "$theirs" "$ours" >/dev/null; then
  # Both were the first job of all.
  how="merge --allow-unrelated-histories"
fi
fail "$MEMORY_BRANCH went on while this job ran, and what both did cannot be merged. If both have decided, they did so on the same world, and a move may have been made twice. Nothing is lost: this job's commits are on the branch $kept.

$(in_repo log --format='%h %s' "$range" | cut -c1-200 | sed 's/^/    /')

To take them over: git $how origin/$kept, in a clone of $MEMORY_BRANCH; keep the lines of both in journal.md and cost.jsonl, and by git checkout --ours state.json as it is there."
