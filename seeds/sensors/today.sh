#!/bin/sh
# The local date as the signal, so that the loop wakes once a day.
printf '{"signal":"%s"}\n' "$(date +%Y-%m-%d)"
