#!/usr/bin/env bash
# looop: interval=300 timeout=50 trust=untrusted
# Runs a command line of yours in bash: the signal is its exit status, with WATCH_OUTPUT=yes also a digest of the end
# of its output (64 KiB); the last lines only inform. Untrusted, since nobody can tell what it prints: set
# trust=trusted in the line above where no stranger writes that. Bash: POSIX sh has no read with a time limit.

COMMAND='true'
LIMIT_S=30
WATCH_OUTPUT='no'

# Bytes, not characters, are counted and cut; the command itself keeps its locale.
locale=${LC_ALL-}
export LC_ALL=C

fail() {
  printf 'command: %s\n' "$1" >&2
  exit 1
}

# Control characters but tab and line break go, and what moves a terminal's cursor or colours it.
plain() {
  sed $'s/\x1b\\[[0-9;?]*[ -\\/]*[@-~]//g' | tr -d '\000-\010\013-\037\177' | utf8
}

# What is no UTF-8 would make the whole reading an error.
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

# The exit status comes last: where it is missing, time was up. What still runs then ends with this sensor.
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
