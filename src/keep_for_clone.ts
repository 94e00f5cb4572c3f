import { relative } from "@std/path";
import { listFolder } from "./host/list_folder.ts";
import { maskChangedAsks } from "./humans/mask_changed_asks.ts";
import { lockMoves } from "./lock_moves.ts";
import { isId } from "./model/id.ts";
import { UserError } from "./model/user_error.ts";
import { commitEdits, commitPaths } from "./profile/git_memory.ts";
import { hasMemory } from "./profile/has_memory.ts";
import type { Paths } from "./profile/paths.ts";
import type { Profile } from "./profile/profile.ts";
import { standingOf, workerFiles } from "./workers/worker_files.ts";

/**
 * Commits all that a clone on another machine has to know when this one is gone: what workers delivered, what asks
 * and budgets have become, and of what is else no part of the memory
 *
 * - how each worker stands whose end no decision has seen: there the next tick sees its end, and one that has none
 *   is lost, as it will be,
 * - what `notify` was run for, so that nobody is told twice.
 *
 * @throws {UserError} where it cannot be committed, or there is no memory: then all of it would be gone.
 */
export async function keepForClone(profile: Profile): Promise<void> {
  if (!hasMemory(profile)) {
    throw new UserError(
      `cannot keep what this tick did for another machine: ${profile.paths.dataDir} is no git repository. Install git.`,
    );
  }
  using _ = await lockMoves(profile);
  const kept = await maskChangedAsks(profile);
  await commitEdits(profile, kept, "What workers and people left");
  await commitStanding(profile);
}

/** Again where a worker that ends just now has removed a file between two looks at it. */
async function commitStanding(profile: Profile, tries = 3): Promise<void> {
  try {
    await commitPaths(profile, travelling(profile.paths), "How the workers stand", null);
  } catch (error) {
    if (tries === 1) throw error;
    await commitStanding(profile, tries - 1);
  }
}

/** Paths, relative to the data directory, of what goes along although it is ignored. */
function travelling(paths: Paths): string[] {
  const folders = listFolder(paths.workers)
    .filter(({ name, isDirectory }) => isDirectory && isId(name) && name !== "ended");
  const all = folders.flatMap(({ name: id }) => standingOf(workerFiles(paths, id)));
  return [...all, paths.surfaced].map((path) => relative(paths.dataDir, path));
}
