import { UserError } from "../schema/errors.ts";

/** What the user can do about an error of the machine, by its code. */
const REMEDIES: Record<string, string> = {
  ENOSPC: "free space on that disk",
  EDQUOT: "free space on that disk, or raise the quota",
  EROFS: "remount that disk for writing",
  EMFILE: "raise the limit on open files (ulimit -n)",
  ENFILE: "close programs: this machine has reached its limit of open files",
  EACCES: "check its owner and permissions",
  ENOTDIR: "move away the file that is in place of a directory",
};

/**
 * Makes the error for a failed operation on a file or directory. Its text is stable, so that an error that repeats is
 * reported once.
 */
export function cannot(verb: string, path: string, cause: unknown): UserError {
  // Deno appends the call and its paths, among them random names of temporary files.
  const why = (cause as Error).message.replace(/: \w+ '.*'$/s, "");
  const remedy = REMEDIES[(cause as { code?: string }).code ?? ""];
  return new UserError(`cannot ${verb} ${path}: ${why}${remedy ? `; ${remedy}` : ""}`, { cause });
}

/** Makes the error for a path that has something else than the wanted kind of file. */
export function obstructing(verb: string, path: string, found: string, wanted: string): UserError {
  return new UserError(`cannot ${verb} ${path}: it is ${found}, not a ${wanted}; move it away`);
}
