import { pickRunner } from "../decide/runners/runner.ts";
import { answerSetUpAsks, type NotReady } from "../inbox/setup_asks.ts";
import { ANY_RUNNER } from "../schema/ask.ts";
import { listAsks } from "../inbox/asks.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import {
  findAbsent,
  findNotReady,
  findWorkerNotReady,
  prepareForJob,
} from "../workers/setup_session.ts";
import { unpark } from "./wake.ts";

/** Returns what keeps the programs of decisions and workers from working; `null` if nothing does. */
export async function findMissingSetUp(profile: Profile): Promise<NotReady | null> {
  const runner = pickRunner(profile).runner?.name;
  const decides = runner === undefined
    ? await findAbsent(profile)
    : await findNotReady(profile, runner, "decisions");
  // First: a program that decides needs no more than a login, and its own dialogs come with that.
  return decides ?? await findWorkerNotReady(profile);
}

/** Reports whether the loop is parked since the provider refuses the credentials of a runner's program. */
export async function isRefusedNow(profile: Profile, runner: string): Promise<boolean> {
  if ((await readState(profile)).parked?.kind !== "auth") return false;
  const { asks } = await listAsks(profile);
  return asks.some(({ setup, answer }) => setup?.refused && setup.runner === runner && !answer);
}

/**
 * Answers the asks about programs that the user has set up meanwhile. If refused credentials had parked the loop, it decides
 * again now.
 *
 * @param left runner whose program the user has just left: it counts as ready where its files show nothing missing
 */
export async function noticeSetUp(profile: Profile, left?: string): Promise<void> {
  const isParked = (await readState(profile)).parked?.kind === "auth";
  const ready = await answerSetUpAsks(profile, async ({ runner, refused }) => {
    // Only the next attempt shows whether the provider accepts the credentials now.
    if (refused && isParked && runner !== left) return false;
    const missing = runner === ANY_RUNNER
      ? await findAbsent(profile)
      : await findNotReady(profile, runner, "workers");
    return missing === null;
  });
  if (!isParked || ready.length === 0) return;
  await unpark(profile);
}

/**
 * Prepares the programs of decisions and workers for a job that no user attends.
 *
 * @throws {UserError} if one cannot be prepared: with what the job's author has to do.
 */
export async function prepareRunners(profile: Profile): Promise<void> {
  const missing = await findMissingSetUp(profile);
  // Without any program, the goals' own rules decide.
  if (!missing || missing.runner === ANY_RUNNER) return;
  await prepareForJob(profile, missing);
  // Decisions and workers may have different programs.
  const other = await findMissingSetUp(profile);
  if (other) await prepareForJob(profile, other);
}
