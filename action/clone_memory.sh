#!/usr/bin/env bash
# Gets a loop's memory: makes LOOOP_DATA_DIR a clone of the branch, or, where there is no such branch yet, begins
# it with the files of SEED, if that is set; looop adds what is missing. See access.sh for what it needs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=access.sh
source "$(dirname "${BASH_SOURCE[0]}")/access.sh"

if [ -n "$(ls -A -- "$LOOOP_DATA_DIR" 2>/dev/null || true)" ]; then
  echo "$0: $LOOOP_DATA_DIR is not empty: a job begins with the memory that the branch holds; remove it" >&2
  exit 1
fi
tip=$(remote_tip)
mkdir -p -- "$LOOOP_DATA_DIR"
if [ -n "$tip" ]; then
  with_token clone -q --no-tags --single-branch --branch "$MEMORY_BRANCH" -- "$MEMORY_REMOTE" "$LOOOP_DATA_DIR"
  echo "memory: $MEMORY_BRANCH at ${tip:0:12}, $(git -C "$LOOOP_DATA_DIR" rev-list --count HEAD) commits"
elif [ -n "${SEED:-}" ]; then
  cp -R -- "$SEED/." "$LOOOP_DATA_DIR"
  echo "memory: there is no branch $MEMORY_BRANCH yet; it begins with the files of $SEED"
else
  echo "memory: there is no branch $MEMORY_BRANCH yet; it begins with looop's starter files"
fi
