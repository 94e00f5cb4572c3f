import { join } from "@std/path";
import { listFolder } from "./host/list_folder.ts";
import { readBytes } from "./host/read_bytes.ts";
import { whatIsAt } from "./host/what_is_at.ts";
import { isId } from "./model/id.ts";
import { UserError } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";

/** The file of a goal. */
export interface FoundGoal {
  /** Relative to the data directory. */
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
  archived: boolean;
}

/**
 * Finds a goal by its id, also in `goals/archive/`.
 *
 * @throws {UserError} listing the goals, where there is none of this id.
 */
export function findGoal({ paths }: Profile, id: string): FoundGoal {
  for (const folder of isId(id) ? ["goals", "goals/archive"] : []) {
    const path = `${folder}/${id}.md`;
    const full = join(paths.dataDir, path);
    if (whatIsAt(full) === "nothing") continue;
    return { path, bytes: readBytes(full), archived: folder !== "goals" };
  }
  const ids = (folder: string) =>
    listFolder(folder).filter(({ name }) => name.endsWith(".md")).map(({ name }) =>
      name.slice(0, -3)
    );
  const open = ids(paths.goals).join(", ") || "none";
  const archived = ids(paths.goalsArchive).join(", ") || "none";
  throw new UserError(`there is no goal ${id}\n  goals: ${open}\n  archived: ${archived}`);
}
