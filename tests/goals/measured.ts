import type { GoalRecord } from "../../src/schema/progress.ts";
import { type BudgetProfile, budgetProfile } from "../support/budget_profile.ts";
import type { TempProfile } from "../support/temp_profile.ts";

/** A profile with these goals, a sensor `tickets` that counts open ones, 3 at first, and a runner that answers noop. */
export async function measured(
  goals: Record<string, string>,
  sensor = "#!/bin/sh\ncat open\n",
): Promise<BudgetProfile> {
  const profile = await budgetProfile({});
  for (const [id, text] of Object.entries(goals)) await profile.write(`goals/${id}.md`, text);
  await profile.write("sensors/tickets.sh", sensor);
  await writeOpen(profile, 3);
  return profile;
}

/** Sets what the sensor counts. */
export async function writeOpen(profile: TempProfile, open: number): Promise<void> {
  await profile.write("open", JSON.stringify({ signal: { open } }));
}

/** The last line of the journal. */
export async function lastLine(profile: TempProfile): Promise<string> {
  return (await profile.read("journal.md")).trim().split("\n").at(-1) ?? "";
}

/** What the loop has seen of a goal. */
export async function recordOf(profile: TempProfile, id: string): Promise<GoalRecord | undefined> {
  return JSON.parse(await profile.read("state.json")).goals[id];
}
