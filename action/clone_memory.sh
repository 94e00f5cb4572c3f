#!/usr/bin/env bash
# Gets a loop's memory: clones the branch into LOOOP_DATA_DIR. If the branch does not exist yet, copies the files of
# SEED, if that is set; looop adds what is missing. See access.sh for the variables.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=access.sh
source "$(dirname "${BASH_SOURCE[0]}")/access.sh"

if [ -n "$(ls -A -- "$LOOOP_DATA_DIR" 2>/dev/null || true)" ]; then
  echo "$0: cannot clone the memory: $LOOOP_DATA_DIR is not empty; remove it" >&2
  exit 1
fi
tip=$(remote_tip)
mkdir -p -- "$LOOOP_DATA_DIR"
if [ -n "$tip" ]; then
  with_token clone -q --no-tags --single-branch --branch "$MEMORY_BRANCH" -- "$MEMORY_REMOTE" "$LOOOP_DATA_DIR"
  echo "memory: $MEMORY_BRANCH at ${tip:0:12}, $(git -C "$LOOOP_DATA_DIR" rev-list --count HEAD) commits"
elif [ -n "${SEED:-}" ]; then
  cp -R -- "$SEED/." "$LOOOP_DATA_DIR"
  echo "memory: there is no branch $MEMORY_BRANCH yet; starting with the files of $SEED"
else
  echo "memory: there is no branch $MEMORY_BRANCH yet; starting with looop's starter files"
fi
