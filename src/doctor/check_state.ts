import { lockHolder } from "../host/lock.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { messageOf } from "../model/user_error.ts";
import { readIntent } from "../profile/intent_file.ts";
import { readOwedCommits } from "../profile/owed_commits_file.ts";
import { isPaused } from "../profile/pause.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state_file.ts";
import { checkBudget } from "../workers/check_budget.ts";
import type { Check } from "./check.ts";
import { type Finding, fromMessage, ok, warn } from "./finding.ts";

/** Looks at what keeps the loop from deciding, and at what a crash has left. */
export const checkState: Check = {
  name: "state",
  needsProfile: true,
  async run({ profile }) {
    const looks = [held, paused, cutOff, owed].map((look) =>
      Promise.try(look, profile).catch((error) => [fromMessage("fail", "state", messageOf(error))])
    );
    const findings = (await Promise.all(looks)).flat();
    return findings.length > 0 ? findings : [ok("state", "nothing holds the loop or is left over")];
  },
};

async function held(profile: Profile): Promise<Finding[]> {
  const { parked, hold } = await readState(profile);
  const findings: Finding[] = [];
  if (parked) findings.push(warn("state", `parked: ${parked.why}`, "looop resume"));
  // What the state says of a hold is of the last held tick.
  const { over } = await checkBudget(profile);
  if (over) {
    const asked = hold?.budget === over.budget;
    const fix = asked
      ? `looop answer ${hold.ask_id} lift`
      : "looop tick, which asks whether to go on";
    findings.push(warn("state", `held: ${over.why}`, fix));
  }
  return findings;
}

function paused(profile: Profile): Finding[] {
  return isPaused(profile) ? [warn("state", "paused", "looop resume")] : [];
}

/** While the move lock is held, a move is being made. */
async function cutOff(profile: Profile): Promise<Finding[]> {
  const { moveLock, holdNote } = profile.paths;
  const holder = await lockHolder(moveLock);
  const intent = await readIntent(profile);
  if (holder !== null) return [];
  const findings: Finding[] = [];
  if (intent) {
    const found = `the move of run ${intent.run_id} (${intent.move.action}) was cut off`;
    findings.push(warn("state", found, "looop tick, which finishes it"));
  }
  if (whatIsAt(holdNote) !== "nothing") {
    findings.push(warn("state", "a hold was only half written down", "looop tick"));
  }
  return findings;
}

async function owed(profile: Profile): Promise<Finding[]> {
  const runs = (await readOwedCommits(profile)).map((commit) => commit.run_id);
  if (runs.length === 0) return [];
  return [warn("state", `git has not taken the commits of ${runs.join(", ")} yet`, "looop tick")];
}
