import { type Admission, admit } from "./admit/admit.ts";
import { pickRunner } from "./decide/pick_runner.ts";
import { ruleValues } from "./expr/rule_values.ts";
import type { Decider } from "./model/decider.ts";
import type { Move } from "./model/move.ts";
import { wakesOf, type World } from "./model/world.ts";
import type { Profile } from "./profile/profile.ts";

/** What a move was decided on. */
export interface AdmitMoveInput {
  world: World;
  /** What woke the loop. */
  comparison: { changes: { key: string }[] };
  tainted: boolean;
  /** Decides in place of the configured runner. */
  decider?: Decider;
}

/** Says what policy, the config's rules first, makes of a move that was decided on this world. */
export async function admitMove(
  profile: Profile,
  move: Move,
  { world, comparison, tainted, decider }: AdmitMoveInput,
): Promise<Admission> {
  return await admit(move, {
    tainted,
    goal: touchesGoal(move) ? world.goals.find(({ id }) => id === move.id) ?? null : null,
    dataDir: profile.paths.dataDir,
    config: profile.config,
    onRuleError(name, error) {
      profile.warn(`policy rule ${name} cannot be evaluated, so it does not apply: ${error}`);
    },
    async values() {
      const runner = decider ? "code" : (await pickRunner(profile)).runner?.name ?? "none";
      const { goals, workers } = world;
      const changed = comparison.changes.map(({ key }) => key);
      const now = profile.clock.now();
      return ruleValues({
        ...{ goals, workers, changed, tainted, runner, now },
        wakes: wakesOf(world),
      });
    },
  });
}

function touchesGoal(move: Move): move is Move & { action: "write_goal" | "archive_goal" } {
  return move.action === "write_goal" || move.action === "archive_goal";
}
