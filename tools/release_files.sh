#!/usr/bin/env bash
# Makes the files of a release from the programs and the directory looop/ (the bundle and its launcher) in a folder:
# packs them, adds the install script with the address of the releases, and the checksums of all files.
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
# An artifact of a workflow has lost the mode. Nothing else in the archive depends on when and where it is made.
chmod 755 looop looop/bin looop/bin/looop
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - looop | gzip -9 -n >looop.tar.gz
rm -r looop
sha256sum -- install.sh looop-* looop.tar.gz >SHA256SUMS
