#!/bin/sh
# looop: interval=600
# The ISO week: a new one is a change.
date '+{"signal": "%G-W%V"}'
