#!/usr/bin/env bash
# Makes the files of a release from the programs in a folder: packs them, adds the install script, which then
# knows where releases are, and the checksums of it all.
#
#   tools/release_files.sh FOLDER OWNER/REPOSITORY
set -euo pipefail
folder=$1
releases=https://github.com/$2/releases
here=$(dirname "${BASH_SOURCE[0]}")

sed "s|^releases=\$|releases=$releases|" "$here/../install.sh" >"$folder/install.sh"
grep -qx "releases=$releases" "$folder/install.sh"
cd "$folder"
for program in looop-*; do
  # Windows unpacks no .gz by itself.
  case $program in *.exe) ;; *) gzip -9 -n "$program" ;; esac
done
sha256sum -- install.sh looop-* >SHA256SUMS
