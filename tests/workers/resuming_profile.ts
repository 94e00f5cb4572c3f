import { listAsks } from "../../src/inbox/asks.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { systemClock } from "../../src/os/clock.ts";
import type { Worker } from "../../src/schema/worker.ts";
import { reconcileWorkers } from "../../src/workers/reconcile.ts";
import { startSession } from "../../src/workers/start.ts";
import { eventually } from "../support/eventually.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { untilPrinted, workerProfile } from "../support/worker_profile.ts";

/** An agent that can continue: it notes how it was begun, and with which message. */
export const AGENT = {
  worker: `echo "begun" >>log; echo up; sleep 600`,
  resume: `{ echo continued; cat {{prompt_file}}; } >>log; echo up again; sleep 600`,
};

/** A profile whose clock can be set forward. */
export async function resumingProfile(
  runners: Record<string, { worker?: string; resume?: string }> = { mine: AGENT },
): Promise<TempProfile & { later(minutes: number): void }> {
  let ms = 0;
  const clock = { ...systemClock, now: () => new Date(Date.now() + ms) };
  const profile = await workerProfile({
    clock,
    config: { runners, worker_runner: "mine", budget: { ...DEFAULT_CONFIG.budget, workers: 100 } },
  });
  return Object.assign(profile, { later: (minutes: number) => void (ms += minutes * 60_000) });
}

/** What a tick does about workers. */
export async function tend(profile: Profile): Promise<string[]> {
  const { asks } = await listAsks(profile);
  const workers = await reconcileWorkers(profile, asks, { resume: true });
  return workers.map(({ id, state }) => `${id} ${state}`);
}

export async function begin(profile: TempProfile, id = "a", more = {}): Promise<Worker> {
  const worker = await startSession(profile, { id, prompt: "Paint it.", ...more });
  await untilPrinted(profile, id, /up/);
  return worker;
}

export const untilLogged = (profile: TempProfile, text: string) =>
  eventually(`the log has ${text}`, async () => (await profile.read("log")).includes(text));

export const count = (text: string, word: string) => text.split(word).length - 1;
