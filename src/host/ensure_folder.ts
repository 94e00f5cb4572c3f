import { UserError } from "../model/user_error.ts";

/**
 * Makes a folder, and those above it, for its owner alone; one that is there stays as it is.
 *
 * @throws {UserError} where something else is in its place, or it cannot be made.
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(`cannot make the folder ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
