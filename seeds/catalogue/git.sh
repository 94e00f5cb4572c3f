#!/usr/bin/env bash
# looop: interval=60 timeout=55
# Git repositories on this machine. The signal has, by path, the state of each (ahead, behind, dirty, …) and its stale
# branches; counts are detail only. Without FETCH it does not see what others have pushed: ahead and behind are as of your
# own last fetch. It runs nothing that a repository's own config names: hooks, fsmonitor, filters, ssh commands. Trusted:
# it prints only names of your local branches, no file names or commit messages.
# Uses bash because POSIX sh has no arrays and no read with a timeout.

REPOSITORIES=('~')
# A branch without a commit for this many days is stale, merged or not.
STALE_DAYS=30
# yes: a file that git does not track gives the repository the state untracked.
UNTRACKED='yes'
# yes: fetches the upstream of each branch that is checked out, at most every FETCH_MINUTES. A sandbox then needs network=yes,
# read=~/.ssh and write=REPOSITORY in the line above.
FETCH='no'
FETCH_MINUTES=5

# Count and cut bytes, not characters.
# No protocol is allowed, not even one that a repository's own config allows by its name.
export LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_ALLOW_PROTOCOL=
MAX_BYTES=8000
MAX_STALE=5
# All repositories share the time limit in the header.
LIMIT_S=$((40 / ${#REPOSITORIES[@]}))
[ "$LIMIT_S" -gt 0 ] || LIMIT_S=1

fail() {
  printf 'git: %s\n' "$1" >&2
  exit 1
}

# Runs git on this repository, never on one that encloses it.
g() {
  GIT_CEILING_DIRECTORIES=${folder%/*} git -C "$folder" ${bare:+--git-dir=.} --no-pager --no-optional-locks \
    -c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.alternateRefsCommand=: -c log.showSignature=false "$@"
}

# Fetches the upstream of the current branch, by https, ssh and from this machine. Only updates what git knows of the remote.
fetch() {
  local branch remote
  branch=$(g symbolic-ref --quiet --short HEAD) && remote=$(g config --get "branch.$branch.remote") || return 0
  case $remote in . | '') return 0 ;; esac
  if [ -n "$(find "$(g rev-parse --absolute-git-dir)/FETCH_HEAD" -mmin "-$FETCH_MINUTES" 2>/dev/null)" ]; then return 0; fi
  # BatchMode: ssh never asks. A credential helper of the user's may answer; one of the repository's own is disarmed.
  GIT_ALLOW_PROTOCOL=https:http:ssh:file GIT_SSH_COMMAND='ssh -o BatchMode=yes' GIT_ASKPASS=true g fetch --quiet \
    --no-tags --no-recurse-submodules --no-auto-gc --upload-pack=git-upload-pack -- "$remote" >/dev/null 2>&1 </dev/null ||
    echo state fetch-failed
}

# Empties the filters and credential helpers in the repository's own config. Those in the user's config stay, since git lfs
# is one.
disarm() {
  local count=0 scope name
  for scope in --local --worktree; do
    while IFS= read -r -d '' name; do
      export "GIT_CONFIG_KEY_$count=$name" "GIT_CONFIG_VALUE_$count=$([ "${name##*.}" = required ] && echo false)"
      count=$((count + 1))
    done < <(g config "$scope" --includes --name-only -z --get-regexp '^(filter\..*\.(clean|smudge|process|required)|credential\.(.*\.)?helper)$' 2>/dev/null)
  done
  export GIT_CONFIG_COUNT=$count
  # Git before 2.31 ignores these variables.
  [ "$count" = 0 ] || [ "$(g config --get "$GIT_CONFIG_KEY_0")" = "$GIT_CONFIG_VALUE_0" ]
}

# Prints the state of one repository, one line per fact as soon as it is known; `done` comes last.
probe() {
  local folder=$1 bare= oldest name
  [ -d "$folder" ] || { echo state missing; echo done; return; }
  if [ ! -e "$folder/.git" ]; then
    [ -f "$folder/HEAD" ] && [ -d "$folder/objects" ] || { echo state no-repository; echo done; return; }
    bare=yes
  fi
  g rev-parse --git-dir >/dev/null 2>&1 && disarm || { echo state unreadable; echo done; return; }
  if [ "$bare" ] || [ "$(g rev-parse --is-bare-repository)" = true ]; then
    echo state bare
  else
    [ "$FETCH" = no ] || fetch
    g status --porcelain=v2 --branch --untracked-files=no --no-renames --ignore-submodules=dirty 2>/dev/null | awk '
      /^# branch\.oid \(initial\)/ { print "state empty" }
      /^# branch\.head / { detached = $3 == "(detached)"; if (!detached) print "told branch " substr($0, 15) }
      /^# branch\.upstream / { upstream = 1 }
      /^# branch\.ab / { known = 1; ahead = $3 + 0; behind = -$4 }
      /^[12] / { changed++ }
      /^u / { conflicts++ }
      END {
        if (detached) print "state detached"
        else if (!upstream) print "state no-upstream"
        else if (!known) print "state upstream-gone"
        if (ahead) print "state ahead\ntold ahead " ahead
        if (behind) print "state behind\ntold behind " behind
        if (changed) print "state dirty\ntold changed " changed
        if (conflicts) print "state conflict\ntold conflicts " conflicts
      }'
    [ "${PIPESTATUS[0]}" = 0 ] || echo state unreadable
  fi
  oldest=$(($(date +%s) - STALE_DAYS * 86400))
  g for-each-ref --sort=refname --format='%(HEAD) %(committerdate:unix) %(refname:lstrip=2)' refs/heads 2>/dev/null |
    awk -v oldest="$oldest" '!/^\*/ && $1 < oldest { sub(/^ *[0-9]+ /, ""); print "stale " $0 }'
  g for-each-ref --merged=HEAD --format='merged %(refname:lstrip=2)' refs/heads 2>/dev/null
  if [ "$UNTRACKED" = yes ] && [ ! "$bare" ]; then
    # The slowest step, since it walks the whole tree.
    [ -z "$(g ls-files --others --exclude-standard --directory --no-empty-directory 2>/dev/null | head -c 1)" ] ||
      echo state untracked
  fi
  echo done
}

json_string() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# Invalid UTF-8, or a character cut in half, would turn the whole reading into an error.
utf8() {
  if command -v iconv >/dev/null; then iconv -c -f UTF-8 -t UTF-8 2>/dev/null; else tr '\200-\377' '?'; fi
}

command -v git >/dev/null || fail 'there is no git: install it'
signal= brief= detail=
for path in "${REPOSITORIES[@]}"; do
  case $path in '~' | '~/'*) folder=$HOME${path#'~'} ;; *) folder=$path ;; esac
  states= stale=() merged=$'\n' told= finished=
  exec 3< <(probe "${folder%/}")
  ends=$((SECONDS + LIMIT_S))
  while left=$((ends - SECONDS)) && [ "$left" -gt 0 ] && IFS= read -r -t "$left" -u 3 line; do
    case $line in
      done) finished=yes; break ;;
      'state '*) states+=",\"${line#state }\"" ;;
      'stale '*) stale+=("${line#stale }") ;;
      'merged '*) merged+="${line#merged }"$'\n' ;;
      'told branch '*) told+=",\"branch\":$(json_string "${line:12:60}")" ;;
      'told '*) line=${line#told }; told+=",\"${line% *}\":${line#* }" ;;
    esac
  done
  exec 3<&-
  # The time limit was reached: only part of the state is known.
  [ "$finished" ] || states+=',"slow"'
  names= merges=
  for name in "${stale[@]:0:MAX_STALE}"; do
    names+=",$(json_string "${name:0:60}")"
    case $merged in *$'\n'"$name"$'\n'*) merges+=",$(json_string "${name:0:60}")" ;; esac
  done
  [ "${#stale[@]}" -le "$MAX_STALE" ] || names+=',"and more"'
  [ "${#stale[@]}" = 0 ] || { states+=',"stale"'; told+=",\"stale\":${#stale[@]},\"stale_merged\":[${merges#,}]"; }
  key=$(json_string "$path")
  signal+=",$key:{\"state\":[${states#,}],\"stale\":[${names#,}]}"
  brief+=",$key:{\"state\":[${states#,}],\"stale\":[${names:+\"too many to name\"}]}"
  detail+=",$key:{${told#,}}"
done
whole="{\"signal\":{${signal#,}},\"detail\":{${detail#,}}}"
[ "${#whole}" -le "$MAX_BYTES" ] || whole="{\"signal\":{${signal#,}}}"
[ "${#whole}" -le "$MAX_BYTES" ] || whole="{\"signal\":{${brief#,}}}"
[ "${#whole}" -le "$MAX_BYTES" ] || fail 'it would print more than 8 KiB: name fewer repositories'
printf '%s\n' "$whole" | utf8
