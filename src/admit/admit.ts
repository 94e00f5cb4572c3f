/**
 * Decides by policy whether a move is applied, needs approval, or is denied.
 *
 * - `admit.ts` judges a move and everything that it would start
 * - `action.ts` makes the admitted action, which is all that is run, written and shown, and resolves its files
 * - `parts.ts` splits a move into the parts that are judged, and defines a rule
 * - `user_rules.ts` compiles the config's rules; `builtin_rules.ts` has the others
 * - `shell_command.ts` splits a command into words, and with `read_only_commands.ts` recognizes those that only read
 *
 * @module
 */

import { ruleValues } from "../cel/variables.ts";
import { slotWakes } from "../decide/decide.ts";
import { pickRunner } from "../decide/runners/runner.ts";
import { isSecretName } from "../mask/recognize.ts";
import { unfinishedSetup } from "../profile/ensure.ts";
import { parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { parseSchedule } from "../profile/schedule_file.ts";
import type { AdmittedAction } from "../schema/action.ts";
import { type Access, type Config, NO_ACCESS, withRunner } from "../schema/config.ts";
import type { Decider, Decision, Verdict } from "../schema/decision.ts";
import type { Move } from "../schema/move.ts";
import type { Schedule } from "../schema/schedule.ts";
import { type Goal, wakesOf, type World } from "../schema/world.ts";
import { readGoals, readSchedules } from "../sense/documents.ts";
import { exactReadings } from "../sense/snapshot.ts";
import { listWorkers } from "../workers/list.ts";
import { repositoryPath } from "../workers/repository.ts";
import { actionOf, digestAction, pinAction } from "./action.ts";
import { BUILT_IN_RULES } from "./builtin_rules.ts";
import {
  type AdmissionRule,
  type Admittance,
  LIMITED_BY_TAINT,
  LIMITED_ON_TRUSTED_GOALS,
  LIMITED_ON_TRUSTED_SCHEDULES,
  type Part,
  PART_LABELS,
  partsOf,
  workerRunners,
} from "./parts.ts";
import { checkReadOnly, type ReadOnlyCheck } from "./shell_command.ts";
import { userRules } from "./user_rules.ts";

/** The verdict on one part of a move. */
export interface PartVerdict extends Verdict, Part {
  /** What the deciding rule lets it do beyond reading. */
  access: Access;
}

/** The verdict on a move, and all that it would do. */
export interface Admission extends Verdict {
  /** What is run, checked and shown, and nothing else is. */
  action: AdmittedAction;
  /** Identifies the action: an approval covers no other one. Empty before its files are read. */
  action_sha256: string;
  /** The verdicts on the move itself, then on each command that it would start. */
  parts: PartVerdict[];
}

/** What a move was decided on. */
export interface AdmitMoveInput {
  world: World;
  /** What woke the loop. */
  comparison: { changes: { key: string }[] };
  tainted: boolean;
  /** Decides in place of the configured runner. */
  decider?: Decider;
  /** What decided. Default: a runner. */
  by?: Decision["by"];
}

/** Judges a move that was decided on this world by the profile's policy. */
export async function admitMove(
  profile: Profile,
  given: Move,
  { world, comparison, tainted, decider, by }: AdmitMoveInput,
): Promise<Admission> {
  const move = await withRealRepo(profile, given);
  const changesGoal = move.action === "write_goal" || move.action === "archive_goal";
  const admission = await admit(move, {
    tainted,
    schedule: scheduleChanged(move, world),
    byRule: by === "rule",
    goal: changesGoal ? world.goals.find(({ id }) => id === move.id) ?? null : null,
    unfinished: move.action === "archive_goal" ? unfinishedSetup(move.id, world) : null,
    dataDir: profile.paths.dataDir,
    config: profile.config,
    onRuleError: (name, error) => profile.warn(`policy rule \`${name}\` is ignored: ${error}`),
    values() {
      const runner = decider ? "code" : pickRunner(profile).runner?.name ?? "none";
      const { goals, workers } = world;
      const changed = comparison.changes.map(({ key }) => key);
      const now = profile.clock.now();
      return ruleValues({
        ...{ goals, workers, changed, tainted, runner, now },
        wakes: { ...wakesOf(world, { exact: true }), ...slotWakes(world) },
      });
    },
  });
  const action = await pinAction(profile, admission.action);
  return { ...admission, action, action_sha256: await digestAction(profile, action) };
}

/** Rules judge the directory that a path leads to, not how the move spells it. */
async function withRealRepo(profile: Profile, move: Move): Promise<Move> {
  if (move.action !== "start_worker" || move.repo === undefined) return move;
  return { ...move, repo: await repositoryPath(profile, move.repo) };
}

/** The schedule that a move changes, or why it cannot be parsed; `null` if there is none, and for other moves. */
function scheduleChanged(move: Move, { schedules }: World): Schedule | string | null {
  if (move.action !== "write_schedule" && move.action !== "remove_schedule") return null;
  const file = schedules.find(({ name }) => name === move.name);
  return file ? file.error ?? parseSchedule(file.name, file.exact ?? file.text) : null;
}

/**
 * The world as far as policy rules read it, without running sensors: current goals and workers, and the readings of
 * the last tick. It has no PLAYBOOK, asks and claims.
 *
 * @throws {UserError} if the workers cannot be listed, since tmux or `ps` fails.
 */
export async function currentWorld(profile: Profile): Promise<World> {
  return {
    at: profile.clock.now().toISOString(),
    playbook: { text: "", digest: "" },
    goals: parseGoals(profile, await readGoals(profile)),
    readings: await exactReadings(profile),
    workers: await listWorkers(profile),
    asks: [],
    claims: [],
    schedules: await readSchedules(profile),
  };
}

/** What policy needs besides the move. */
export interface AdmitInput {
  /** Untrusted input may have influenced the decision. */
  tainted: boolean;
  /** A rule of a goal decided. Default: a decider did. */
  byRule?: boolean;
  /** The goal that a `write_goal` or `archive_goal` changes; `null` if there is none, and for other moves. */
  goal: Goal | null;
  /** The schedule that a move changes, or why it cannot be parsed. Default: `null`, there is none */
  schedule?: Schedule | string | null;
  /** As in {@linkcode Admittance}. Default: `null`. */
  unfinished?: string | null;
  /** The data directory, absolute: where commands are started. */
  dataDir: string;
  config: Pick<Config, "policy" | "sandbox" | "runners" | "worker_runner">;
  /** Returns the variables that the config's rules may read besides the move; called only if there are rules. */
  values(): Record<string, unknown>;
  /** Receives each allow rule of the config that is ignored, since it cannot be evaluated. */
  onRuleError?(name: string, error: string): void;
}

const STRICTER = ["allow", "ask", "deny"];

/**
 * Judges a move. The first rule that applies decides, the config's rules before the built-in ones. The commands that
 * the move would start are judged by the same rules, and the strictest verdict counts. Reads no file, starts nothing.
 */
export async function admit(move: Move, input: AdmitInput): Promise<Admission> {
  const { config: { policy }, config, goal, schedule = null, unfinished = null, onRuleError } =
    input;
  const own = policy.length === 0 ? [] : await userRules(policy, input.values(), onRuleError);
  const judged = partsOf(move, config).map((part) => {
    const { tokens } = part;
    const command: ReadOnlyCheck | null = tokens?.simple
      ? checkReadOnly(tokens.argv, input.dataDir)
      : tokens && { readOnly: false, why: `it is not a simple command: ${tokens.why}` };
    return {
      command,
      verdict: judge(
        { ...part, goal, schedule, unfinished, command, byRule: input.byRule },
        [...own, ...BUILT_IN_RULES],
        input,
      ),
    };
  });
  const parts = judged.map((one) => one.verdict);
  // Of equals, the first: the move's own.
  const strictest = parts.reduce((a, b) =>
    STRICTER.indexOf(b.then) > STRICTER.indexOf(a.then) ? b : a
  );
  return {
    then: strictest.then,
    rule: strictest.rule,
    why: strictest.part === "move"
      ? strictest.why
      : `${PART_LABELS[strictest.part]}: ${strictest.why}`,
    action: actionOf(move, judged, input),
    action_sha256: "",
    parts,
  };
}

function judge(admittance: Admittance, rules: AdmissionRule[], input: AdmitInput): PartVerdict {
  const { part, move, tokens } = admittance;
  for (const { name, then, applies, access } of rules) {
    const why = applies(admittance);
    if (why === null) continue;
    const verdict = {
      ...{ part, move, tokens, then, rule: name, why },
      access: access?.(admittance) ?? NO_ACCESS,
    };
    const limited = input.tainted && isLimited(admittance, verdict.access, input);
    if (then !== "allow" || !limited) return verdict;
    const limit = "untrusted input may have influenced this, so it needs your approval";
    return { ...verdict, then: "ask", rule: "taint", why: limit };
  }
  const why = `no rule allows ${move.action}`;
  return { part, move, tokens, then: "deny", rule: "default", why, access: NO_ACCESS };
}

function isLimited(
  { part, move, goal, schedule }: Admittance,
  access: Access,
  { config }: AdmitInput,
): boolean {
  // The command of a custom runner comes from the config, which untrusted input cannot change.
  if (part === "worker") return false;
  if (move.action === "start_worker" && config.sandbox === "bwrap") {
    // It shows the worker that repository, and leaves a branch there.
    if (move.repo !== undefined) return true;
    return workerRunners(move, config).some((name) => {
      const own = Object.hasOwn(config.runners, name) ? config.runners[name] : undefined;
      const { network, read, write, env } = withRunner(access, own);
      const variables = [...env, ...own?.env ?? []];
      return network || read.length > 0 || write.length > 0 || variables.some(isSecretName);
    });
  }
  if (LIMITED_ON_TRUSTED_GOALS.includes(move.action)) return goal !== null && !goal.untrusted;
  if (LIMITED_ON_TRUSTED_SCHEDULES.includes(move.action)) {
    // What cannot be parsed may be the user's.
    return typeof schedule === "string" || schedule?.untrusted === false;
  }
  return LIMITED_BY_TAINT.includes(move.action);
}
