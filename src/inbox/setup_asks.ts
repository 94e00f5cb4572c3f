import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import { ANY_RUNNER, type Ask, type ProgramToSetUp, setUpCommand } from "../schema/ask.ts";
import { listAsks, newAskId, writeAsk } from "./asks.ts";

/** A runner's program that cannot start or decide, and why, as a sentence. */
export interface NotReady {
  runner: string;
  why: string;
}

/**
 * Asks the user to set up a program, unless that is asked already.
 *
 * @param refused the provider refused its credentials, which its files do not show. Default: `false`
 * @returns `false` if it is asked already
 */
export async function askToSetUp(
  profile: Profile,
  { runner, why }: NotReady,
  refused = false,
): Promise<boolean> {
  using _ = await lock(profile.paths.asksLock);
  if ((await openSetUpAsks(profile)).some(({ setup }) => setup?.runner === runner)) return false;
  const now = profile.clock.now();
  const ask: Ask = {
    id: await newAskId(profile, "s"),
    kind: "question",
    question: runner === ANY_RUNNER
      ? `looop needs an LLM runner: ${why}`
      : `${runner} needs you: ${why}. Run ${setUpCommand({ runner })}`,
    asked_at: now.toISOString(),
    run_id: newRunId(now),
    setup: { runner, refused },
  };
  await writeAsk(profile, ask);
  await appendEvent(profile, { event: "setup_needed", ask: ask.id, runner, why });
  return true;
}

/**
 * Answers the asks about programs that are ready now. As after an answer of the user, the loop then decides.
 *
 * @param isReady reports whether nothing is missing any more
 * @returns the names of their runners
 */
export async function answerSetUpAsks(
  profile: Profile,
  isReady: (program: ProgramToSetUp) => boolean | Promise<boolean>,
): Promise<string[]> {
  const ready: string[] = [];
  for (const { id, setup } of await openSetUpAsks(profile)) {
    if (!setup || !await isReady(setup)) continue;
    using _ = await lock(profile.paths.asksLock);
    const ask = (await openSetUpAsks(profile)).find((ask) => ask.id === id);
    if (!ask) continue;
    const text = setup.runner === ANY_RUNNER
      ? "an LLM runner is installed, or is not needed any more"
      : `${setup.runner} is ready: it can be used now`;
    await writeAsk(profile, { ...ask, answer: { text, at: profile.clock.now().toISOString() } });
    await appendEvent(profile, { event: "answer", ask: id });
    ready.push(setup.runner);
  }
  return ready;
}

async function openSetUpAsks(profile: Profile): Promise<Ask[]> {
  return (await listAsks(profile)).asks.filter(({ setup, answer }) => setup && !answer);
}
