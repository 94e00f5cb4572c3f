import { type Access, type Config, PRESET_NAMES } from "../schema/config.ts";
import type { Verdict } from "../schema/decision.ts";
import type { Action, Move } from "../schema/move.ts";
import type { Schedule } from "../schema/schedule.ts";
import type { Goal } from "../schema/world.ts";
import { type ReadOnlyCheck, tokenizeCommand, type Tokenized } from "./shell_command.ts";

/**
 * What policy judges of a move: the move itself, or a command that it would start, judged like a `run`:
 *
 * - `verify`: the command that checks a worker's work
 * - `worker`: the command of a custom runner, which the worker runs
 * - `script`: of a sensor
 */
export interface Part {
  part: "move" | "verify" | "worker" | "script";
  /** The move; of another part, with all its fields, but with the action `run` and the command. */
  move: Move;
  /** The tokens of a `run` command; `null` for any other move. */
  tokens: Tokenized | null;
}

/** Splits a move into the parts that policy judges, itself first, so that every command is judged. */
export function partsOf(move: Move, config: Pick<Config, "runners" | "worker_runner">): Part[] {
  const parts: Part[] = [
    { part: "move", move, tokens: move.action === "run" ? tokenizeCommand(move.command) : null },
  ];
  const command = (part: Part["part"], text: string, tokens = tokenizeCommand(text)) =>
    parts.push({ part, move: { ...move, action: "run", command: text } as Move, tokens });
  if (move.action === "write_sensor") {
    // Even a script of plain words is started as a program, or by Deno.
    command("script", move.script, { simple: false, why: "it is a program" });
  }
  if (move.action !== "start_worker") return parts;
  if (move.verify !== undefined) command("verify", move.verify);
  for (const runner of workerRunners(move, config)) {
    const own = Object.hasOwn(config.runners, runner) ? config.runners[runner].worker : undefined;
    if (own !== undefined) command("worker", own);
  }
  return parts;
}

/** Names the runners that a worker could have. */
export function workerRunners(
  move: Move & { action: "start_worker" },
  config: Pick<Config, "worker_runner">,
): string[] {
  const name = move.runner ?? config.worker_runner;
  // `auto` is resolved when the worker starts: it could be any preset.
  return name === "auto" ? PRESET_NAMES : [name];
}

/** Names of the parts besides the move itself. */
export const PART_LABELS: Record<Part["part"], string> = {
  move: "",
  verify: "its verify command",
  worker: "its worker's command",
  script: "its script",
};

/** What a rule of the policy is applied to. */
export interface Admittance extends Part {
  /** The goal that a `write_goal` or `archive_goal` changes; `null` if there is none, and for other moves. */
  goal: Goal | null;
  /** The schedule that a move changes, or why it cannot be parsed. Default: `null`, there is none */
  schedule?: Schedule | string | null;
  /** Of archiving the starter goal `setup`: why that is too early, in one line; `null` if it is not. */
  unfinished: string | null;
  /** A rule of a goal decided. Default: a decider did. */
  byRule?: boolean;
  /** Of a `run`: whether its command is on the read-only list. */
  command: ReadOnlyCheck | null;
}

/** One rule of the policy. */
export interface AdmissionRule {
  name: string;
  then: Verdict["then"];
  /** Of a built-in rule: when it applies, for the user. Of a user's rule: its `when`. */
  describes: string;
  /** Why it applies to this move, in one line; `null` if it does not. */
  applies(admittance: Admittance): string | null;
  /** What it lets a command or worker do beyond reading. Default: nothing. */
  access?(admittance: Admittance): Access;
}

/** A tainted decision needs approval for these, whatever rule allows them. */
export const LIMITED_BY_TAINT: readonly Action[] = [
  ...["run", "write_sensor", "write_playbook"] as const,
  // Also to a worker in a sandbox, which may have the network.
  ...["start_worker", "stop_worker", "tell_worker"] as const,
];

/** Likewise for these, if the goal is not marked untrusted. */
export const LIMITED_ON_TRUSTED_GOALS: readonly Action[] = ["write_goal", "archive_goal"];

/** Likewise for these, if the schedule is not marked untrusted. */
export const LIMITED_ON_TRUSTED_SCHEDULES: readonly Action[] = [
  "write_schedule",
  "remove_schedule",
];
