/** An error that the person at the keyboard can mend: shown without a stack, exit status 1. */
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

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
