/** An error that the user can fix: shown without a stack, exit status 1. */
export class UserError extends Error {
  /** Its class. */
  override name = "UserError";
}

/** Wrong command-line arguments: exit status 2. */
export class UsageError extends UserError {
  /** Its class. */
  override name = "UsageError";
}

/** A config file that cannot be used: exit status 2. */
export class ConfigError extends UserError {
  /** Its class. */
  override name = "ConfigError";
}

/** Returns the message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

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
