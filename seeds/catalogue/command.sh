#!/usr/bin/env bash
# looop: interval=300 timeout=50 trust=untrusted
# Runs a command line in bash. The signal is its exit status and, with WATCH_OUTPUT=yes, a digest of the end of its
# output (64 KiB). The last lines are detail only. Untrusted, since a command can print anything: set trust=trusted in
# the line above if only trusted people control its output. Uses bash because POSIX sh has no read with a timeout.

COMMAND='true'
LIMIT_S=30
WATCH_OUTPUT='no'

# Count and cut bytes, not characters. The command itself keeps its locale.
locale=${LC_ALL-}
export LC_ALL=C

fail() {
  printf 'command: %s\n' "$1" >&2
  exit 1
}

# Removes terminal escape sequences and all control characters except tab and line break.
plain() {
  sed $'s/\x1b\\[[0-9;?]*[ -\\/]*[@-~]//g' | tr -d '\000-\010\013-\037\177' | utf8
}

# Invalid UTF-8 would turn the whole reading into an error.
utf8() {
  if command -v iconv >/dev/null; then iconv -c -f UTF-8 -t UTF-8 2>/dev/null; else tr '\200-\377' '?'; fi
}

digest() {
  if command -v sha256sum >/dev/null; then sha256sum; elif command -v shasum >/dev/null; then shasum -a 256; else cksum; fi
}

json_string() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\t'/\\t}
  printf '"%s"' "${text//$'\n'/\\n}"
}

# The exit status comes last: if it is missing, the time limit was reached. The command then ends with this sensor.
exec 3< <({ LC_ALL=$locale bash -c "$COMMAND" </dev/null 2>&1; printf '\n%s' "$?"; } | tail -c 65536 | tr -d '\000')
IFS= read -r -d '' -t "$LIMIT_S" -u 3 text
status=${text##*$'\n'}
[[ $status =~ ^[0-9]+$ ]] || fail "no end within $LIMIT_S s: raise LIMIT_S (at most 45), or make the command faster"
output=${text%$'\n'*}

signal="\"exit\":$status"
if [ "$WATCH_OUTPUT" = yes ]; then
  sum=$(printf '%s' "$output" | digest)
  signal+=",\"digest\":\"${sum:0:16}\""
fi
last=$(printf '%s' "$output" | tail -n 20 | tail -c 2000 | plain)
printf '{"signal":{%s},"detail":{"output":%s}}\n' "$signal" "$(json_string "$last")"
