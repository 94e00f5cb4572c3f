import { basename } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { isId } from "../schema/primitives.ts";
import type { Paths } from "./paths.ts";

/** The ids of the workers that are not archived, in order; some may be without a record. */
export function listWorkerIds({ workers, workersEnded }: Paths): string[] {
  return listDir(workers)
    .filter(({ name, isDirectory }) => isDirectory && isId(name) && name !== basename(workersEnded))
    .map(({ name }) => name);
}
