import type { Comparison } from "./model/change.ts";
import type { Decided } from "./model/decision.ts";
import type { State } from "./model/state.ts";
import type { World } from "./model/world.ts";
import type { Profile } from "./profile/profile.ts";
import { writeRunFile } from "./profile/runs.ts";

/** What a decision was made on, and what it was. */
export interface KeptRun {
  world: World;
  comparison: Comparison;
  state: State;
  decided: Decided;
}

/** Keeps in `runs/<id>/` all that is needed to make the same decision again; nothing where nobody was asked. */
export async function keepRun(
  profile: Profile,
  runId: string,
  { decided, ...seen }: KeptRun,
): Promise<void> {
  const nobody = decided.kind === "undecided" || decided.kind === "held";
  if (nobody && decided.calls.length === 0) return;
  await writeRunFile(profile, runId, "world.json", JSON.stringify(seen, null, 1) + "\n");
  await writeRunFile(profile, runId, "decision.json", JSON.stringify(decided, null, 1) + "\n");
}
