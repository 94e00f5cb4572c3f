#!/usr/bin/env bash
# Runs one tick in a job, and fails if the runner's program cannot start unattended, the move failed or the loop is
# parked. Needs these variables:
#
#   LOOOP_DATA_DIR   the memory
#   LAUNCHER         the program that starts looop
#   LOOOP_DENO       the deno that runs looop
#   TOOLS            directory with deno and the runner's program, to put first on PATH
#   CONFIG           looop's config file; if empty, the defaults apply
#   WAIT             maximum time to wait for a worker; if empty, without limit
#   TICK_ENV         environment of looop, one NAME=value per line
set -euo pipefail
looop=$LAUNCHER

while IFS= read -r line; do
  line=${line%$'\r'}
  if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
  if ! [[ $line =~ ^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
    # Do not print the line: it may be half of a key.
    echo "$0: a line of env is not NAME=value; values with several lines are not supported" >&2
    exit 2
  fi
  export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"
done <<<"${TICK_ENV:-}"
export PATH="$TOOLS:$PATH" NO_COLOR=1
if [ -n "${CONFIG:-}" ]; then
  if [ ! -f "$CONFIG" ]; then
    echo "$0: the config file $CONFIG does not exist; check the input config" >&2
    exit 2
  fi
  LOOOP_CONFIG=$(realpath -- "$CONFIG")
  export LOOOP_CONFIG
fi
wait=--wait
if [ -n "${WAIT:-}" ]; then wait=--wait=$WAIT; fi
unset TICK_ENV CONFIG WAIT TOOLS LAUNCHER

# The output of models and sensors could contain workflow commands, so disable these.
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$word"
result=$(mktemp)
trap 'rm -f -- "$result"' EXIT
status=0
# Job control gives looop its own process group. Without it a script's background processes ignore SIGINT.
set -m
"$looop" tick "$wait" --strict --json >"$result" &
tick=$!
set +m
# When a job is cancelled, only this script gets the signal.
trap 'kill -s TERM "$tick" 2>/dev/null || true' INT TERM
wait "$tick" || status=$?
# If a signal ended the wait, looop may still be running.
while kill -0 "$tick" 2>/dev/null; do
  status=0
  wait "$tick" || status=$?
done
trap - INT TERM
if [ "$status" = 137 ]; then
  # Killed, perhaps for lack of memory. A paused tick decides nothing, but completes the interrupted move for the push.
  if "$looop" pause; then "$looop" tick --wait || true; fi
fi
cat -- "$result"
asks=$("$looop" asks) || asks=
printf '%s\n' "$asks"
echo "::$word::"

if [ -s "$result" ]; then
  outcome=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1])).outcome' "$result")
  # The journal line, or the reason why there is none.
  line=$(node -p 'let r = JSON.parse(fs.readFileSync(process.argv[1])); r.journal ?? r.error?.message ?? r.why ?? ""' "$result")
  if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "outcome=$outcome" >>"$GITHUB_OUTPUT"; fi
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    # Indented text is shown verbatim.
    { printf 'looop: %s\n\n' "$outcome"; printf '%s\n\n%s\n' "$line" "$asks" | sed 's/^/    /'; echo; } \
      >>"$GITHUB_STEP_SUMMARY"
  fi
fi
exit "$status"
