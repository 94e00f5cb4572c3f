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
