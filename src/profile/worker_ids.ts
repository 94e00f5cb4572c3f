import { basename, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { isPresent } from "../os/stat.ts";
import { isId } from "../schema/schema.ts";
import type { Paths } from "./paths.ts";

/** The ids of the workers that are not archived, in order; some may be without a record. */
export function listWorkerIds({ workers, workersEnded }: Paths): string[] {
  return listDir(workers)
    .filter(({ name, isDirectory }) => isDirectory && isId(name) && name !== basename(workersEnded))
    .map(({ name }) => name);
}

/** Lists the workers that have an inbox: those in a sandbox. */
export function listInboxes(paths: Paths): string[] {
  return listWorkerIds(paths).filter((id) => isPresent(join(paths.workers, id, "inbox")));
}

/** Reports whether there are workers, ended ones that are not archived included. */
export function hasWorkers(paths: Paths): boolean {
  return listWorkerIds(paths).length > 0;
}
