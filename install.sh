#!/bin/sh
# Installs looop: the program of a release, or where there is none for this machine, by its deno.
#
#   LOOOP_VERSION      such as 0.1.0; default: the latest release
#   LOOOP_INSTALL_DIR  the folder it goes to; default: ~/.local/bin
#   LOOOP_BASE_URL     where releases are (a mirror), as https://github.com/OWNER/REPOSITORY/releases
#
# All of it is functions until the last line, so that a script that a broken connection cut off does nothing.
set -eu

releases=
temp=

say() {
  printf '%s\n' "$*"
}

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

clean_up() {
  if [ -n "$temp" ]; then rm -rf "$temp"; fi
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# Sets target: the release's name for this machine, or empty with the reason in why.
find_target() {
  target=
  why=
  os=$(uname -s)
  machine=$(uname -m)
  case $os in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
      fail "looop needs bash, git and tmux, which on Windows live in WSL: run this inside of it (wsl --install)"
      ;;
    *) why="looop is not compiled for $os" ;;
  esac
  case $machine in
    x86_64 | amd64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) why="looop is not compiled for $os on $machine" ;;
  esac
  if [ -n "$why" ]; then return; fi
  # A shell under Rosetta takes an Apple chip for an Intel one.
  if [ "$system-$processor" = macos-x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    processor=arm64
  fi
  if [ "$system" = linux ]; then
    case $(ldd --version 2>&1) in *musl*)
      why="looop is compiled for glibc, and this Linux has musl"
      return
      ;;
    esac
  fi
  target=$system-$processor
}

# Fetches an address into a file: 0 it is there, 44 there is no such thing, 1 anything else, told in $temp/said.
# With "loud" it shows on a terminal how far it is.
fetch() {
  : >"$temp/said"
  if have curl; then
    # Of https nothing else may come by a redirect. A download that stands still ends.
    case $1 in https:*) only='=https' ;; *) only='=http,https' ;; esac
    if [ "${3:-}" = loud ] && [ -t 2 ]; then
      exec 3>&2
      progress=--progress-bar
      # It cannot see how wide the terminal is, since its output goes elsewhere.
      size=$(stty size <&2 2>/dev/null) || size="0 79"
      COLUMNS=${size#* }
      export COLUMNS
    else
      exec 3>"$temp/said"
      progress=--silent
    fi
    if status=$(curl -fSL $progress --proto "$only" --connect-timeout 20 --speed-limit 1 --speed-time 30 \
      -w '%{http_code}' -o "$2" "$1" 2>&3 </dev/null); then
      return 0
    fi
    if [ "$status" = 404 ]; then return 44; fi
    return 1
  fi
  if have wget; then
    tries=
    # Not in BusyBox' wget; GNU's goes on for twenty times.
    case $(wget --help 2>&1) in *--tries*) tries=--tries=2 ;; esac
    # shellcheck disable=SC2086 # none or one word
    if wget $tries -T 30 -O "$2" "$1" 2>"$temp/said" </dev/null; then return 0; fi
    if grep -q ' 404 ' "$temp/said"; then return 44; fi
    return 1
  fi
  fail "needs curl or wget to download looop: install one of them"
}

# The last thing that a program said, in parentheses.
said() {
  last=$(grep -v '^ *$' "$temp/said" | tail -n 1)
  if [ -n "$last" ]; then printf ' (%s)' "$last"; fi
}

sha256() {
  if have sha256sum; then
    sha256sum <"$1"
  elif have shasum; then
    shasum -a 256 <"$1"
  else
    fail "needs sha256sum or shasum to check what it downloads: install coreutils"
  fi
}

# Without a program for this machine: by deno, which needs no release.
by_deno() {
  have deno || fail "$1, and there is no deno on PATH to run it with: install Deno (https://deno.com), then start this again"
  say "$1: installing it by deno instead"
  # It installs to the folder bin of a root, and to no other.
  case $folder in */bin) set -- --root "${folder%/bin}" ;; *) set -- ;; esac
  deno install --global --force --name looop "$@" \
    --allow-read --allow-env --allow-write --allow-sys=hostname,uid \
    --allow-run=bash,git,tmux,script,ps --deny-import --no-prompt \
    --v8-flags=--max-semi-space-size=2 --quiet \
    "jsr:@looop/cli${version:+@$version}" </dev/null ||
    fail "deno could not install jsr:@looop/cli${version:+@$version}: see what it said above"
  if [ $# -gt 0 ]; then finish; else say "installed looop to where your deno puts programs: it goes to no folder but one named bin"; fi
}

finish() {
  say "installed $folder/looop"
  for program in bash git tmux script ps; do
    if ! have "$program"; then say "looop uses $program, which is not installed"; fi
  done
  case :$PATH: in
    *:"$folder":*)
      found=$(command -v looop) || found=
      if [ "$found" != "$folder/looop" ]; then say "but $found comes before it on PATH"; fi
      say "Begin with: looop"
      ;;
    *)
      say "$folder is not on PATH. To put it there:"
      case ${SHELL:-} in
        */fish) say "    fish_add_path $folder" ;;
        */zsh) say "    echo 'export PATH=\"$folder:\$PATH\"' >> ~/.zshrc" ;;
        */bash) say "    echo 'export PATH=\"$folder:\$PATH\"' >> ~/.bashrc" ;;
        *) say "    export PATH=\"$folder:\$PATH\"" ;;
      esac
      ;;
  esac
}

main() {
  version=${LOOOP_VERSION:-}
  version=${version#v}
  case $version in *[!0-9A-Za-z.+-]*)
    fail "LOOOP_VERSION=$LOOOP_VERSION is no version: give it as 0.1.0, or leave it away for the latest"
    ;;
  esac
  folder=${LOOOP_INSTALL_DIR:-${HOME:+$HOME/.local/bin}}
  case $folder in
    '') fail "knows no folder to install to, since HOME is not set: set LOOOP_INSTALL_DIR" ;;
    /*) ;;
    *) folder=$PWD/$folder ;;
  esac
  while [ "$folder" != "${folder%/}" ]; do folder=${folder%/}; done
  if [ -d "$folder/looop" ]; then
    fail "cannot install $folder/looop: that is a folder; move it away, or set LOOOP_INSTALL_DIR"
  fi
  find_target
  if [ -z "$target" ]; then
    by_deno "$why"
    return
  fi
  base=${LOOOP_BASE_URL:-$releases}
  base=${base%/}
  if [ -z "$base" ]; then
    fail "does not know where releases are: this file is not from a release; set LOOOP_BASE_URL to their address"
  fi
  if [ -n "$version" ]; then base=$base/download/v$version; else base=$base/latest/download; fi

  if ! mkdir -p "$folder" 2>/dev/null || ! temp=$(mktemp -d "$folder/.looop-install.XXXXXX" 2>/dev/null); then
    fail "cannot write to $folder: make it yours, or set LOOOP_INSTALL_DIR to another folder"
  fi
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  file=looop-$target.gz
  say "downloading $base/$file"
  fetched=0
  fetch "$base/$file" "$temp/$file" loud || fetched=$?
  case $fetched in
    0) ;;
    44)
      if fetch "$base/SHA256SUMS" "$temp/SHA256SUMS"; then
        by_deno "the release has no $file"
      else
        by_deno "there is no release at $base"
      fi
      return
      ;;
    *) fail "cannot download $base/$file$(said)" ;;
  esac
  fetch "$base/SHA256SUMS" "$temp/SHA256SUMS" ||
    fail "cannot check $file, so it is not installed: no $base/SHA256SUMS$(said)"
  expected=$(awk -v file="$file" '$2 == file || $2 == "*" file { print $1 }' "$temp/SHA256SUMS")
  got=$(sha256 "$temp/$file")
  got=${got%% *}
  if [ -z "$expected" ]; then
    fail "cannot check $file, so it is not installed: $base/SHA256SUMS does not name it"
  fi
  if [ "$got" != "$expected" ]; then
    fail "$file is not what was released, so it is not installed: its SHA-256 is $got, not $expected;" \
      "try again, and if that stays so, do not trust $base"
  fi

  gzip -dc "$temp/$file" >"$temp/looop" || fail "cannot unpack $file into $folder: is the disk full?"
  chmod 755 "$temp/looop"
  if ! "$temp/looop" version >"$temp/version" 2>"$temp/said" </dev/null; then
    by_deno "the released looop does not run here$(said)"
    return
  fi
  # A rename: whatever runs from there goes on, and nobody ever sees half a file.
  mv -f "$temp/looop" "$folder/looop"
  head -n 1 "$temp/version"
  finish
}

main "$@"
