import { UsageError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { type Given, SAME } from "./answers.ts";
import type { Today } from "./find_today.ts";
import { runnerNames, tellsNoDollars } from "./runner_choices.ts";
import { sandboxFails } from "./sandbox_fails.ts";

/**
 * Checks what was given by flags against this machine and config.
 *
 * @throws {UsageError} for what cannot be.
 */
export async function checkAnswers(profile: Profile, given: Given, today: Today): Promise<void> {
  const { runner, workerRunner, usdPerDay, sandbox } = given;
  const names = runnerNames(profile);
  const refuse = (flag: string, name: string, more: string[]) =>
    new UsageError(`--${flag} ${name}: it must be one of ${[...more, ...names].join(", ")}`);
  if (runner !== undefined && !names.includes(runner)) throw refuse("runner", runner, []);
  if (workerRunner !== undefined && ![SAME, ...names].includes(workerRunner)) {
    throw refuse("worker-runner", workerRunner, [SAME]);
  }
  if (typeof usdPerDay === "number" && profile.config.budget.unknown_cost === "hold") {
    const silent = await tellsNoDollars(profile, runner ?? today.answers.runner);
    if (silent !== null) {
      throw new UsageError(
        `--usd-per-day ${usdPerDay}: ${silent} tells no dollars, so a limit in dollars could only hold it; ` +
          `leave it out, or set budget.unknown_cost to "ignore" in ${profile.configPath}`,
      );
    }
  }
  if (sandbox === "bwrap" && today.answers.sandbox !== "bwrap") {
    const why = await sandboxFails(profile);
    if (why !== null) throw new UsageError(`--sandbox bwrap does not work here: ${why}`);
  }
}
