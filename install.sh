#!/bin/sh
# Installs looop: the binary of a release or, if there is none for this machine, the package with deno.
#
#   LOOOP_VERSION      the version, such as 0.1.0; default: the latest release
#   LOOOP_INSTALL_DIR  the target directory; default: ~/.local/bin
#   LOOOP_BASE_URL     the URL of the releases, to use a mirror: https://github.com/OWNER/REPOSITORY/releases
#
# Everything is in functions until the last line, so that a script that was only partly downloaded does nothing.
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

# Sets target to the release's name for this machine. If there is none, target is empty and why has the reason.
find_target() {
  target=
  why=
  os=$(uname -s)
  machine=$(uname -m)
  case $os in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
      fail "cannot install looop on Windows: it needs bash, git and tmux; run this script in WSL (wsl --install)"
      ;;
    *) why="looop is not compiled for $os" ;;
  esac
  case $machine in
    x86_64 | amd64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) why="looop is not compiled for $os on $machine" ;;
  esac
  if [ -n "$why" ]; then return; fi
  # Under Rosetta, uname reports an Apple chip as an Intel one.
  if [ "$system-$processor" = macos-x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    processor=arm64
  fi
  if [ "$system" = linux ]; then
    case $(ldd --version 2>&1) in *musl*)
      why="looop is compiled for glibc, but this Linux uses musl"
      return
      ;;
    esac
  fi
  target=$system-$processor
}

# Downloads a URL to a file. Returns 0 on success, 44 if the URL does not exist (404), and 1 on any other error, which
# is in $temp/said. With "loud" it shows the progress on a terminal.
fetch() {
  : >"$temp/said"
  if have curl; then
    # An https URL may redirect only to https. A stalled download ends.
    case $1 in https:*) only='=https' ;; *) only='=http,https' ;; esac
    if [ "${3:-}" = loud ] && [ -t 2 ]; then
      exec 3>&2
      progress=--progress-bar
      # curl cannot find out the width of the terminal, since its stderr is redirected.
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
    # BusyBox' wget has no such option; GNU's would try twenty times.
    case $(wget --help 2>&1) in *--tries*) tries=--tries=2 ;; esac
    # shellcheck disable=SC2086 # none or one word
    if wget $tries -T 30 -O "$2" "$1" 2>"$temp/said" </dev/null; then return 0; fi
    if grep -q ' 404 ' "$temp/said"; then return 44; fi
    return 1
  fi
  fail "cannot download looop: neither curl nor wget is installed; install one of them"
}

# Prints the last line of a program's output, in parentheses.
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
    fail "cannot verify the download: neither sha256sum nor shasum is installed; install coreutils"
  fi
}

# Installs the package with deno, for machines without a release binary.
by_deno() {
  have deno || fail "cannot install looop: $1, and deno is not on PATH; install Deno (https://deno.com) and run this script again"
  say "$1; installing with deno instead"
  # deno installs only into a directory named bin, below a root.
  case $folder in */bin) set -- --root "${folder%/bin}" ;; *) set -- ;; esac
  deno install --global --force --name looop "$@" \
    --allow-read --allow-env --allow-write --allow-sys=hostname,uid \
    --allow-run=bash,git,tmux,script,ps --deny-import --no-prompt \
    --v8-flags=--max-semi-space-size=2 --quiet \
    "jsr:@looop/cli${version:+@$version}" </dev/null ||
    fail "cannot install jsr:@looop/cli${version:+@$version} with deno; see its error above"
  if [ $# -gt 0 ]; then finish; else say "installed looop to the default directory of deno install, since deno only installs into directories named bin"; fi
}

finish() {
  say "installed $folder/looop"
  for program in bash git tmux script ps; do
    if ! have "$program"; then say "looop needs $program, which is not installed"; fi
  done
  case :$PATH: in
    *:"$folder":*)
      found=$(command -v looop) || found=
      if [ "$found" != "$folder/looop" ]; then say "warning: $found comes before it on PATH"; fi
      say "To start: looop"
      ;;
    *)
      say "$folder is not on PATH. To add it:"
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
    fail "cannot install LOOOP_VERSION=$LOOOP_VERSION: not a version; use one such as 0.1.0, or unset it for the latest"
    ;;
  esac
  folder=${LOOOP_INSTALL_DIR:-${HOME:+$HOME/.local/bin}}
  case $folder in
    '') fail "cannot choose a directory: HOME is not set; set LOOOP_INSTALL_DIR" ;;
    /*) ;;
    *) folder=$PWD/$folder ;;
  esac
  while [ "$folder" != "${folder%/}" ]; do folder=${folder%/}; done
  if [ -d "$folder/looop" ]; then
    fail "cannot install $folder/looop: it is a directory; move it, or set LOOOP_INSTALL_DIR"
  fi
  find_target
  if [ -z "$target" ]; then
    by_deno "$why"
    return
  fi
  base=${LOOOP_BASE_URL:-$releases}
  base=${base%/}
  if [ -z "$base" ]; then
    fail "cannot find the releases: this script is not from a release; set LOOOP_BASE_URL to their URL"
  fi
  if [ -n "$version" ]; then base=$base/download/v$version; else base=$base/latest/download; fi

  if ! mkdir -p "$folder" 2>/dev/null || ! temp=$(mktemp -d "$folder/.looop-install.XXXXXX" 2>/dev/null); then
    fail "cannot write to $folder: no permission, or not a directory; make it writable, or set LOOOP_INSTALL_DIR"
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
    *) fail "cannot download $base/$file$(said); check the network, or set LOOOP_BASE_URL to a mirror" ;;
  esac
  fetch "$base/SHA256SUMS" "$temp/SHA256SUMS" ||
    fail "cannot verify $file: $base/SHA256SUMS is not available$(said); nothing was installed, try again later"
  expected=$(awk -v file="$file" '$2 == file || $2 == "*" file { print $1 }' "$temp/SHA256SUMS")
  got=$(sha256 "$temp/$file")
  got=${got%% *}
  if [ -z "$expected" ]; then
    fail "cannot verify $file: $base/SHA256SUMS does not list it; nothing was installed, report this to $base"
  fi
  if [ "$got" != "$expected" ]; then
    fail "cannot install $file: its SHA-256 is $got, but the release has $expected;" \
      "try again, and if the error remains, do not trust $base"
  fi

  gzip -dc "$temp/$file" >"$temp/looop" || fail "cannot unpack $file into $folder; check for free disk space"
  chmod 755 "$temp/looop"
  if ! "$temp/looop" version >"$temp/version" 2>"$temp/said" </dev/null; then
    by_deno "the released looop does not run here$(said)"
    return
  fi
  # A rename: running programs continue, and the file is never partly written.
  mv -f "$temp/looop" "$folder/looop"
  head -n 1 "$temp/version"
  finish
}

main "$@"
