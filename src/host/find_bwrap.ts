import { UserError } from "../model/user_error.ts";
import { findProgram } from "./find_program.ts";

/**
 * Finds bubblewrap in the folders of a `PATH` value.
 *
 * @throws {UserError} where it is missing, or this is not Linux: what was to be run in a sandbox is not run without.
 */
export function findBwrap(path: string): string {
  const asked = `the config says "sandbox": "bwrap", but`;
  if (Deno.build.os !== "linux") {
    throw new UserError(`${asked} bubblewrap runs on Linux alone: set it to "none" here`);
  }
  const found = findProgram("bwrap", path);
  if (found !== null) return found;
  throw new UserError(
    `${asked} bubblewrap is not installed, and nothing is run without it: apt install bubblewrap, or ` +
      "dnf install bubblewrap",
  );
}
