import { basename, join } from "@std/path";
import { fileAge } from "../host/file_age.ts";
import { listFolder } from "../host/list_folder.ts";
import type { Paths } from "../profile/paths.ts";

/** Tells by files alone whether a worker lives, as far as anybody has seen it end. */
export async function anyAlive({ workers, workersEnded }: Paths): Promise<boolean> {
  for (const { name } of await listFolder(workers)) {
    if (name === basename(workersEnded) || name.startsWith(".")) continue;
    if (await fileAge(join(workers, name, "exit.json"), 0) === null) return true;
  }
  return false;
}
