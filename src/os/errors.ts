import { UserError } from "../schema/errors.ts";

/** What a person does about faults of the machine, by the code of the system's error. */
const REMEDIES: Record<string, string> = {
  ENOSPC: "Make room on that disk.",
  EDQUOT: "Make room on that disk, or raise the quota.",
  EROFS: "Mount that disk for writing.",
  EMFILE: "Raise the limit on open files (ulimit -n).",
  ENFILE: "Close programs: this machine has no open files left.",
  EACCES: "Look at who owns it, and who may write there.",
  ENOTDIR: "Something on the way there is no directory: move it away.",
};

/**
 * The error for what could not be done to a file or directory: what was being done, to what, what was found and,
 * where that is known, what to do. It reads the same each time, so that it is told once.
 */
export function cannot(doing: string, path: string, cause: unknown): UserError {
  // Deno adds the call and its paths, among them names of temporary files.
  const why = (cause as Error).message.replace(/: \w+ '.*'$/s, "");
  const remedy = REMEDIES[(cause as { code?: string }).code ?? ""];
  return new UserError(`cannot ${doing} ${path}: ${why}${remedy ? `. ${remedy}` : ""}`, { cause });
}

/** The error for a path at which something else stands than what looop keeps there. */
export function obstructing(doing: string, path: string, found: string, wanted: string): UserError {
  return new UserError(`cannot ${doing} ${path}: it is ${found}, not a ${wanted}. Move it away.`);
}
