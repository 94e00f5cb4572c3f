import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";

/** What a worker in a sandbox may use: what it says to looop, what it claims, and what only reads. */
const WORKS = [
  ...["ask", "flag", "unflag", "propose", "kill", "claim", "unclaim", "cost", "asks"],
  ...["permission-request", "version", "help"],
];

/**
 * Refuses a command that cannot work inside the sandbox of a worker, in one line. It is for the worker to understand:
 * what keeps it from doing such a thing is the sandbox.
 *
 * @throws {UserError} where this runs in one.
 */
export function refuseInSandbox({ env }: Pick<Profile, "env">, command: string): void {
  if (env("LOOOP_INBOX") === undefined || WORKS.includes(command)) return;
  throw new UserError(
    `cannot use ${
      command === "pulse" ? "looop" : `looop ${command}`
    } inside the sandbox of worker ` +
      `${env("LOOOP_SESSION_ID") ?? "?"}: that is for the person, outside; a worker can use ` +
      WORKS.filter((name) => name !== "permission-request").join(", "),
  );
}
