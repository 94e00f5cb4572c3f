import { lock } from "../os/lock.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import type { Ask } from "../schema/ask.ts";
import { listAsks, newAskId, writeAsk } from "./asks.ts";

/** A runner's program that cannot start unattended, and why, as a sentence. */
export interface NotReady {
  runner: string;
  why: string;
}

/** What the user can do about it. */
export function setUpHint({ runner }: Pick<NotReady, "runner">): string {
  return `run looop setup-agent ${runner}`;
}

/** Asks the user to set up a program, unless that is asked already. */
export async function askToSetUp(profile: Profile, { runner, why }: NotReady): Promise<void> {
  using _ = await lock(profile.paths.asksLock);
  if ((await listAsks(profile)).asks.some((ask) => ask.setup === runner && !ask.answer)) return;
  const now = profile.clock.now();
  const ask: Ask = {
    id: await newAskId(profile, "s"),
    kind: "question",
    question: `${runner} cannot start yet: ${why}. To set it up: looop setup-agent ${runner}`,
    asked_at: now.toISOString(),
    run_id: newRunId(now),
    setup: runner,
  };
  await writeAsk(profile, ask);
  await appendEvent(profile, { event: "setup_needed", ask: ask.id, runner, why });
}

/**
 * Answers the asks whose programs are ready now. The answer starts a decision, as that of a user does.
 *
 * @param stillNeeded returns what a runner's program still lacks
 * @returns the runners that are ready
 */
export async function answerSetUp(
  profile: Profile,
  stillNeeded: (runner: string) => Promise<NotReady | null>,
): Promise<string[]> {
  const open = (await listAsks(profile)).asks.filter((ask) => ask.setup && !ask.answer);
  const ready: string[] = [];
  for (const { id, setup = "" } of open) {
    if (await stillNeeded(setup) !== null) continue;
    using _ = await lock(profile.paths.asksLock);
    const ask = (await listAsks(profile)).asks.find((ask) => ask.id === id && !ask.answer);
    if (!ask) continue;
    const answer = { text: `${setup} is ready`, at: profile.clock.now().toISOString() };
    await writeAsk(profile, { ...ask, answer });
    await appendEvent(profile, { event: "answer", ask: id });
    ready.push(setup);
  }
  return ready;
}
