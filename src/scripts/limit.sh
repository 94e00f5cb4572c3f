# Starts a program with limits, which a system that lacks one of them ignores. A write to a file beyond its limit fails,
# instead of ending the program.
#
# Arguments: seconds of CPU, KiB of memory, blocks of a file that it may write ("unlimited" for any), the program's argv.
# shellcheck shell=bash
trap '' XFSZ
ulimit -c 0
ulimit -t "$1" 2>/dev/null
ulimit -v "$2" 2>/dev/null
ulimit -f "$3" 2>/dev/null
exec -- "${@:4}"
