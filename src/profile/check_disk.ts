import { join } from "@std/path";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile } from "../host/replace_file.ts";
import type { Profile } from "./profile.ts";

/** More than a commit of a move takes, in bytes. */
const ROOM = 131_072;

/**
 * Tells apart a disk that takes nothing now from a git that is broken: git words the first in many ways, or not
 * at all. So a file of some size is written and removed.
 *
 * @throws {UserError} where that cannot be written.
 */
export async function checkDisk({ paths }: Profile): Promise<void> {
  const probe = join(paths.own, "probe");
  await replaceFile(probe, new Uint8Array(ROOM));
  await removeFile(probe);
}
