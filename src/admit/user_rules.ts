import { compileExpression } from "../cel/compile.ts";
import { moveVariable, POLICY_VARIABLES, ruleValues } from "../cel/variables.ts";
import { pickRunner } from "../decide/decide.ts";
import { parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { type Access, NO_ACCESS, type PolicyRule } from "../schema/config.ts";
import type { Decider, Verdict } from "../schema/decision.ts";
import type { Move } from "../schema/move.ts";
import { wakesOf, type World } from "../schema/world.ts";
import { readGoals } from "../sense/documents.ts";
import { readSnapshots } from "../sense/snapshot.ts";
import { listWorkers } from "../workers/list.ts";
import {
  type Admission,
  type AdmissionRule,
  admit,
  type Admittance,
  LIMITED_BY_TAINT,
  OF_TRUSTED_GOALS,
} from "./admit.ts";
import { BUILT_IN_RULES } from "./builtin_rules.ts";

/** Told of an allow rule that cannot be evaluated, and why. */
export type OnRuleError = (name: string, error: string) => void;

/**
 * Makes admission rules of those in the config. One that cannot be evaluated does not apply where it allows, and
 * does where it asks or denies.
 *
 * @param values of the variables that a rule may read beside the move
 */
export async function userRules(
  policy: PolicyRule[],
  values: Record<string, unknown>,
  onError: OnRuleError = () => undefined,
): Promise<AdmissionRule[]> {
  return await Promise.all(policy.map((rule) => ownRule(rule, values, onError)));
}

async function ownRule(
  { name, when, then, why = name, ...access }: PolicyRule,
  values: Record<string, unknown>,
  onError: OnRuleError,
): Promise<AdmissionRule> {
  const compiled = await compileExpression(when, POLICY_VARIABLES);
  const evaluate = ({ move, tokens }: Admittance) =>
    compiled.ok
      ? compiled.expression.evaluate({
        ...values,
        move: moveVariable(move, tokens?.simple ? tokens.argv : null),
      })
      : compiled;
  return {
    name,
    then,
    describes: when,
    applies(admittance) {
      const result = evaluate(admittance);
      if (result.ok) return result.value ? why : null;
      if (then === "allow") {
        onError(name, result.error);
        return null;
      }
      return `${why} (it cannot be evaluated, so it applies: ${result.error})`;
    },
    access: () => ({ ...NO_ACCESS, ...access }),
  };
}

/** One rule of the policy as it is in effect, for a person to read. */
export interface ListedRule {
  name: string;
  from: "config" | "built-in";
  then: Verdict["then"];
  /** The CEL expression of a rule of the person's own; `null` for a built-in one. */
  when: string | null;
  /** When a built-in rule applies; of one of the person's own, why it is there. */
  describes: string;
  /** What a rule of the person's own lets a command or worker do beyond reading. */
  access: Access;
}

/** Lists the policy in the order in which it is gone through, what outside text limits last. */
export function listPolicy(policy: PolicyRule[]): ListedRule[] {
  const own = policy.map(({ name, when, then, why = name, ...access }): ListedRule => ({
    ...{ name, from: "config", then, when, describes: why },
    access: { ...NO_ACCESS, ...access },
  }));
  const builtIn = BUILT_IN_RULES.map(({ name, then, describes }): ListedRule => ({
    ...{ name, from: "built-in", then, when: null, describes, access: NO_ACCESS },
  }));
  const describes = `at most, whatever allows them: ${LIMITED_BY_TAINT.join(", ")}, and ` +
    `${
      OF_TRUSTED_GOALS.join(", ")
    } of a goal that is not marked untrusted, where outside text could have ` +
    "caused them; but not a worker in a sandbox";
  return [...own, ...builtIn, {
    ...{ name: "taint", from: "built-in", then: "ask", when: null, describes, access: NO_ACCESS },
  }];
}

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
    values() {
      const runner = decider ? "code" : pickRunner(profile).runner?.name ?? "none";
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

/**
 * The world as far as admission rules read it, without looking anew: goals and workers as they are, and of
 * sensors what the last tick saw. It has no PLAYBOOK, asks and claims.
 *
 * @throws {UserError} where nobody knows which workers live, since tmux or `ps` fails.
 */
export async function currentWorld(profile: Profile): Promise<World> {
  return {
    at: profile.clock.now().toISOString(),
    playbook: { text: "", digest: "" },
    goals: parseGoals(profile, await readGoals(profile)),
    readings: await readSnapshots(profile.paths.snapshots),
    workers: await listWorkers(profile),
    asks: [],
    claims: [],
  };
}
