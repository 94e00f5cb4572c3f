import { basename, join } from "@std/path";
import { fileAge } from "../host/file_age.ts";
import { listFolder } from "../host/list_folder.ts";
import type { Paths } from "../profile/paths.ts";

/** Tells by files alone whether a worker lives, as far as anybody has seen it end. */
export function anyAlive({ workers, workersEnded }: Paths): boolean {
  for (const { name } of listFolder(workers)) {
    if (name === basename(workersEnded) || name.startsWith(".")) continue;
    if (fileAge(join(workers, name, "exit.json"), 0) === null) return true;
  }
  return false;
}
