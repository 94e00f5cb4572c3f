import { tickOnce } from "../../src/loop/run.ts";
import type { Move } from "../../src/schema/move.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { SetClock } from "../support/set_clock.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

export const STANDUP = 'cron: "0 9 * * 1-5"\ntz: Europe/Berlin\nnote: Write the standup\n';
/** A Monday; nine o'clock in Berlin is 08:00 in UTC. */
const MONDAY = "2026-11-30T06:00:00.000Z";

/** Makes a profile that has decided on Monday morning, after it has seen the schedules. */
export async function scheduled(
  schedules: Record<string, string>,
  { files = {}, ...options }: Pick<TempProfileOptions, "files" | "config"> = {},
): Promise<{ profile: TempProfile; clock: SetClock }> {
  const clock = new SetClock(MONDAY);
  const named = Object.entries(schedules).map(([name, text]) => [`schedules/${name}.yaml`, text]);
  const profile = await tempProfile({
    ...{ clock, history: false, ...options },
    files: { ...Object.fromEntries(named), ...files },
  });
  await decided(profile);
  return { profile, clock };
}

/** Ticks once, with a decider that makes these moves, then none. */
export async function decided(
  profile: TempProfile,
  ...moves: Move[]
): Promise<{ result: TickResult; outcome: TickResult["outcome"]; prompts: string[] }> {
  // One with `more` is decided again after six hours.
  const decider = scripted(...moves, noop({ more: false }));
  const result = await tickOnce(profile, { decider: decider.decide });
  return { result, outcome: result.outcome, prompts: decider.prompts };
}

/** What decided, such as `rule up/ask`; without a move, the outcome. */
export function sourceOf(result: TickResult): string {
  return result.outcome === "moved"
    ? `${result.decision.by} ${result.decision.source}`
    : result.outcome;
}

export function warningsOf({ warnings }: TempProfile): string[] {
  return warnings.filter((text) => !text.startsWith("git is not installed"));
}

/** The lines of the journal, without their times. */
export async function linesOf(profile: TempProfile): Promise<string[]> {
  const text = await profile.read("journal.md");
  return text.trim().split("\n").map((line) => line.slice("- 2026-11-30 09:00 ".length));
}
