#!/bin/sh
# The local date: the loop wakes once a day.
printf '{"signal":"%s"}\n' "$(date +%Y-%m-%d)"
