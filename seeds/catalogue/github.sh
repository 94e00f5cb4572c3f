#!/bin/sh
# looop: interval=300 timeout=50 trust=untrusted network=yes read=~/.config/gh
# looop: env=GH_TOKEN,GITHUB_TOKEN,GH_HOST,GH_CONFIG_DIR,XDG_CONFIG_HOME,XDG_RUNTIME_DIR,DBUS_SESSION_BUS_ADDRESS
# looop: env=HTTPS_PROXY,https_proxy,GH_ENTERPRISE_TOKEN,GITHUB_ENTERPRISE_TOKEN
# What waits for you on GitHub, read with gh: reviews requested from you, your open pull requests with failing checks,
# issues assigned to you, and for each branch in WATCH the workflows whose newest finished run failed. Titles are detail
# only. Untrusted: other people write titles and name branches and workflows. Uses the jq built into gh.

# owner/name or owner/name@branch (default: main), separated by spaces
WATCH=''

# Count bytes, not characters.
export LC_ALL=C GH_PROMPT_DISABLED=1 GH_NO_UPDATE_NOTIFIER=1 NO_COLOR=1
MAX_BYTES=8000
nl='
'
tab=$(printf '\t')

fail() {
  printf 'github: %s\n' "$1" >&2
  exit 1
}

# Runs gh. Its stdout is the answer; its stderr and status select the remedy in the error.
ask() {
  { said=$(gh "$@" 2>&1 >&3) && return; status=$?; } 3>&1
  case "$status $said" in
    '4 '* | *'gh auth login'* | *'HTTP 401'*)
      fail 'gh is not logged in, or its token was refused: run gh auth login, or set GH_TOKEN' ;;
    *'rate limit'* | *'HTTP 429'*)
      fail 'too many requests: wait, or give its header a longer interval' ;;
    *'error connecting'* | *'dial tcp'* | *'dial unix'* | *'no such host'* | *'timeout'*)
      fail 'GitHub cannot be reached: check the network' ;;
    *'HTTP 5'*)
      fail 'GitHub has a fault of its own: wait' ;;
  esac
  fail "gh $1 $2 failed: $(printf '%s' "$said" | head -n 1 | cut -c 1-120)"
}

# Two lines: the sorted list for the signal, and an object with some titles by entry.
FOUND='map({id: "\(.repository.nameWithOwner)#\(.number)", at: [.repository.nameWithOwner, .number], title}) | sort_by(.at)
  | (map(.id) | if length > 16 then .[0:16] + ["and \(length - 16) more"] else . end), (map({(.id): .title[0:80]}) | .[0:6] | add // {})'

search() {
  ask search "$@" --state=open --archived=false --sort=created --limit=200 --json=number,repository,title --jq="$FOUND"
}

# For jq: a line for the newest finished run of each workflow, + or, if it failed, -, and its name as a JSON string. A run
# that was cancelled or skipped mends nothing.
NEWEST='map(select(.status == "completed" and .conclusion != "cancelled" and .conclusion != "skipped" and .conclusion != "stale"))
  | group_by(.workflowName) | map(.[0]) | .[]
  | (if .conclusion == "failure" or .conclusion == "timed_out" or .conclusion == "startup_failure" then "-" else "+" end)
    + (.workflowName | tojson)'
# A line for each workflow: what names it to gh, a tab, and its name as a JSON string. A name is ambiguous if another
# workflow has it, or if gh takes it for an id or a file.
# shellcheck disable=SC2016 # jq has variables, too
WORKFLOWS='group_by(.name) | map(length as $n | .[] | select(.state == "active")
  | (if $n > 1 or (.name | test("^[0-9]+$|[.]ya?ml$")) then (.id | tostring) else .name end) + "\t" + (.name | tojson)) | .[]'

# Prints the workflows of one repository whose newest finished run failed, as comma-separated JSON strings.
broken() {
  repo=${1%%@*}
  branch=main
  case $1 in *@*) branch=${1#*@} ;; esac
  listed=$(ask workflow list --repo="$repo" --limit=1000 --json=name,id,state --jq="$WORKFLOWS") || exit 1
  [ -n "$listed" ] || return 0
  # Enough for most workflows; one that runs rarely is asked for by itself.
  recent=$(runs --limit=100) || exit 1
  count=0
  red=
  while IFS=$tab read -r key name; do
    case $key in
      *[!0-9]*) found=$recent ;;
      *) found= ;;
    esac
    case "$nl$found$nl" in
      *"$nl-$name$nl"*) found=-$name ;;
      *"$nl+$name$nl"*) continue ;;
      *) found=$(runs --workflow="$key" --limit=40) || exit 1 ;;
    esac
    case $found in -*) ;; *) continue ;; esac
    count=$((count + 1))
    [ "$count" -le 16 ] && red=$red${red:+,}\"$1' '${name#\"}
  done <<EOF
$listed
EOF
  [ "$count" -le 16 ] || red="$red,\"$1 and $((count - 16)) more\""
  printf '%s' "$red"
}

runs() {
  ask run list --repo="$repo" --branch="$branch" "$@" --json=workflowName,status,conclusion --jq="$NEWEST"
}

command -v gh >/dev/null || fail 'there is no gh: install it from https://cli.github.com, then gh auth login'
reviews=$(search prs --review-requested=@me) || exit 1
failing=$(search prs --author=@me --checks=failure) || exit 1
assigned=$(search issues --assignee=@me) || exit 1
workflows=
for watched in $WATCH; do
  case $watched in
    *[!A-Za-z0-9._/@-]* | /* | -*) fail 'WATCH must list owner/name or owner/name@branch' ;;
    */*) ;;
    *) fail 'WATCH must list owner/name or owner/name@branch' ;;
  esac
  more=$(broken "$watched") || exit 1
  workflows=$workflows${workflows:+${more:+,}}$more
done

for answer in "$reviews" "$failing" "$assigned"; do
  case $answer in '['*"]$nl{"*'}') ;; *) fail 'gh printed something else than it should: update gh' ;; esac
done
signal="{\"reviews\":${reviews%%"$nl"*},\"failing\":${failing%%"$nl"*},\"assigned\":${assigned%%"$nl"*},\"workflows\":[$workflows]}"
detail="{\"reviews\":${reviews#*"$nl"},\"failing\":${failing#*"$nl"},\"assigned\":${assigned#*"$nl"}}"
[ $((${#signal} + ${#detail})) -lt $MAX_BYTES ] || detail='"too long to be told"'
[ $((${#signal} + ${#detail})) -lt $MAX_BYTES ] || fail 'it would print more than 8 KiB: shorten WATCH'
printf '{"signal":%s,"detail":%s}\n' "$signal" "$detail"
