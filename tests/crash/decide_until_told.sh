#!/bin/sh
# A runner: answers the move in the file $1 until the journal in its prompt tells of it, then a noop. Each call
# that comes to its end adds one character to the file $2.
if sed -n '/^# JOURNAL/,$p' | grep -q 'TOLD'; then
  echo '{"action":"noop","reason":"it is done","journal":"looked around"}'
else
  cat "$1"
fi
printf . >>"$2"
