import { join } from "@std/path";
import { fileAge } from "./file_age.ts";
import { listFolder } from "./list_folder.ts";
import { removeFile } from "./remove_file.ts";
import { isTemporary } from "./replace_file.ts";

/** Longer than any write takes, in milliseconds: such a temporary file was left by a crash. */
const LEFT_BEHIND_MS = 3_600_000;

/** Removes the temporary files that crashes left in a folder; what somebody may be writing just now stays. */
export async function removeLeftBehind(folder: string, now: Date): Promise<void> {
  for (const { name, isFile } of listFolder(folder)) {
    if (!isFile || !isTemporary(name)) continue;
    const path = join(folder, name);
    if ((fileAge(path, now.getTime()) ?? 0) > LEFT_BEHIND_MS) await removeFile(path);
  }
}
