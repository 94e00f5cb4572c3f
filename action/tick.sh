#!/usr/bin/env bash
# One tick in a job. Needs
#
#   LOOOP_DATA_DIR   the memory
#   LOOOP_DENO       the deno that runs looop
#   TOOLS            folder with deno and the runner's program, before all others on PATH
#   CONFIG           looop's config file; empty: the defaults hold
#   WAIT             how long to wait for a worker; empty: as long as it takes
#   TICK_ENV         lines NAME=value for the environment of looop
set -euo pipefail
looop=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/bin/looop

while IFS= read -r line; do
  line=${line%$'\r'}
  if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
  if ! [[ $line =~ ^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
    # The line may be half of a key: it is not shown.
    echo "$0: a line of env is no NAME=value; a value that has several lines cannot stand there" >&2
    exit 2
  fi
  export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"
done <<<"${TICK_ENV:-}"
export PATH="$TOOLS:$PATH" NO_COLOR=1
if [ -n "${CONFIG:-}" ]; then
  if [ ! -f "$CONFIG" ]; then
    echo "$0: there is no config file $CONFIG" >&2
    exit 2
  fi
  LOOOP_CONFIG=$(realpath -- "$CONFIG")
  export LOOOP_CONFIG
fi
wait=--wait
if [ -n "${WAIT:-}" ]; then wait=--wait=$WAIT; fi
unset TICK_ENV CONFIG WAIT TOOLS

# What models and sensors print could be read as commands to the job.
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$word"
result=$(mktemp)
trap 'rm -f -- "$result"' EXIT
status=0
# In a group of its own: else a background program of a script, and all that it starts, ignores SIGINT.
set -m
"$looop" tick "$wait" --json >"$result" &
tick=$!
set +m
# A job that is cancelled tells this script alone.
trap 'kill -s TERM "$tick" 2>/dev/null || true' INT TERM
wait "$tick" || status=$?
# A wait that a signal ended says nothing of looop yet.
while kill -0 "$tick" 2>/dev/null; do
  status=0
  wait "$tick" || status=$?
done
trap - INT TERM
if [ "$status" = 137 ]; then
  # Killed (out of memory?): a paused tick decides nothing, but finishes what was begun, so that it can be pushed.
  if "$looop" pause; then "$looop" tick --wait || true; fi
fi
cat -- "$result"
asks=$("$looop" asks) || asks=
printf '%s\n' "$asks"
echo "::$word::"

if [ -s "$result" ]; then
  outcome=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1])).outcome' "$result")
  # The journal's line, or why there is none.
  line=$(node -p 'let r = JSON.parse(fs.readFileSync(process.argv[1])); r.journal ?? r.error?.message ?? r.why ?? ""' "$result")
  if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "outcome=$outcome" >>"$GITHUB_OUTPUT"; fi
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    # Indented, it is shown as it is.
    { printf 'looop: %s\n\n' "$outcome"; printf '%s\n\n%s\n' "$line" "$asks" | sed 's/^/    /'; echo; } \
      >>"$GITHUB_STEP_SUMMARY"
  fi
fi
exit "$status"
