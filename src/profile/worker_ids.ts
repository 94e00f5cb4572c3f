import { basename, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { isPresent } from "../os/stat.ts";
import { isId } from "../schema/schema.ts";
import type { Paths } from "./paths.ts";

/** The ids of the workers that are not archived, in order; some may be without a record. */
export function listWorkerIds(paths: Paths): string[] {
  return listDir(paths.workers)
    .filter(({ name, isDirectory }) => isDirectory && isId(name) && !isReserved(paths, name))
    .map(({ name }) => name);
}

/** Reports whether a directory in `workers/` with this name is not that of a worker. */
export function isReserved({ workersEnded, worktrees }: Paths, name: string): boolean {
  return [workersEnded, worktrees].some((path) => basename(path) === name);
}

/** Lists the workers that have an inbox: those in a sandbox. */
export function listInboxes(paths: Paths): string[] {
  return listWorkerIds(paths).filter((id) => isPresent(join(paths.workers, id, "inbox")));
}

/** Reports whether there are workers, ended ones that are not archived included. */
export function hasWorkers(paths: Paths): boolean {
  return listWorkerIds(paths).length > 0;
}
