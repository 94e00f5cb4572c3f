import { type Access, type Config, NO_ACCESS, PRESET_NAMES } from "../schema/config.ts";
import type { Verdict } from "../schema/decision.ts";
import type { Action, Move } from "../schema/move.ts";
import type { Goal } from "../schema/world.ts";
import { BUILT_IN_RULES } from "./builtin_rules.ts";
import { checkReadOnly, type ReadOnlyCheck } from "./read_only.ts";
import { tokenizeCommand, type Tokenized } from "./tokenize.ts";
import { userRules } from "./user_rules.ts";

/** What policy says of a move, or of a command that the move would start. */
export interface PartVerdict extends Verdict, Part {
  /** What the deciding rule lets it do beyond reading. */
  access: Access;
}

/** What policy says of a move, and how a command is started. */
export interface Admission extends Verdict {
  /**
   * Of a `run` with a simple command: the program and its arguments, to be started without a shell. For an
   * allowed `git` they hold switches besides the given words. `null` for any other move.
   */
  argv: string[] | null;
  /** What the command of a `run`, or the worker of a `start_worker`, may do beyond reading. */
  access: Access;
  /** The same for the `verify` of a `start_worker`. */
  verify_access: Access;
  /** What it says of the move itself, then of each command that the move would start. */
  parts: PartVerdict[];
}

/** What the policy has to know besides the move. */
export interface AdmitInput {
  /** A stranger could have caused the change that was decided on. */
  tainted: boolean;
  /** The goal that a `write_goal` or `archive_goal` would replace or put away; `null` where there is none, and for other moves. */
  goal: Goal | null;
  /** The data directory, absolute: where commands are started. */
  dataDir: string;
  config: Pick<Config, "policy" | "sandbox" | "runners" | "worker_runner">;
  /**
   * Gives the values of the variables that the person's rules may read beside the move; called only where there
   * are such rules.
   */
  values(): Record<string, unknown> | Promise<Record<string, unknown>>;
  /** Told of an allow rule of the person's that cannot be evaluated, and so does not apply. */
  onRuleError?(name: string, error: string): void;
}

/** Under taint these are at most asked for, whatever rule allows them. */
export const LIMITED_BY_TAINT: readonly Action[] = [
  "run",
  "write_sensor",
  "write_playbook",
  "start_worker",
  "stop_worker",
];

/** So are these, where they would touch a goal that is the person's own. */
export const OF_TRUSTED_GOALS: readonly Action[] = ["write_goal", "archive_goal"];

const STRICTER = ["allow", "ask", "deny"];

/**
 * Says whether a move may be made, must be asked for, or is refused. The first rule that applies decides, the
 * person's own before the built-in ones; what the move would start is judged by the same rules, and the
 * strictest word counts. Reads no file, starts nothing.
 */
export async function admit(move: Move, input: AdmitInput): Promise<Admission> {
  const { config, goal } = input;
  const rules = config.policy.length === 0
    ? BUILT_IN_RULES
    : [...await personsRules(input), ...BUILT_IN_RULES];
  const judged = partsOf(move, config).map((part) => {
    const command = part.tokens && checkCommand(part.tokens, input.dataDir);
    return { command, verdict: judge({ ...part, goal, command }, rules, input) };
  });
  const [{ command, verdict }] = judged;
  const parts = judged.map((one) => one.verdict);
  // Of equals, the first: the move's own.
  const strictest = parts.reduce((a, b) =>
    STRICTER.indexOf(b.then) > STRICTER.indexOf(a.then) ? b : a
  );
  const words = verdict.tokens?.simple ? verdict.tokens.argv : null;
  return {
    then: strictest.then,
    rule: strictest.rule,
    why: `${partLabel(strictest.part)}${strictest.why}`,
    argv: command?.readOnly ? command.argv : words,
    access: verdict.access,
    verify_access: parts.find(({ part }) => part === "verify")?.access ?? NO_ACCESS,
    parts,
  };
}

async function personsRules(input: AdmitInput): Promise<AdmissionRule[]> {
  // CEL takes 55 ms to load.
  return await userRules(input.config.policy, await input.values(), input.onRuleError);
}

function checkCommand(tokens: Tokenized, dataDir: string) {
  return tokens.simple
    ? checkReadOnly(tokens.argv, dataDir)
    : { readOnly: false as const, why: `it is not a simple command: ${tokens.why}` };
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
    if (then !== "allow" || !input.tainted || !isLimited(admittance, input)) return verdict;
    const limit = "outside text could have caused it, so a person decides";
    return { ...verdict, then: "ask", rule: "taint", why: limit };
  }
  const why = `no rule allows ${move.action}`;
  return { part, move, tokens, then: "deny", rule: "default", why, access: NO_ACCESS };
}

function isLimited({ part, move, goal }: Admittance, { config }: AdmitInput): boolean {
  // The config's own words, which no outside text has touched.
  if (part === "worker") return false;
  if (move.action === "start_worker" && config.sandbox === "bwrap") return false;
  if (OF_TRUSTED_GOALS.includes(move.action)) return goal !== null && !goal.untrusted;
  return LIMITED_BY_TAINT.includes(move.action);
}

/** What a rule of the policy looks at. */
export interface Admittance extends Part {
  /** The goal that a `write_goal` or `archive_goal` touches; `null` where there is none, and for other moves. */
  goal: Goal | null;
  /** Of a `run`: whether its command is on the read-only list. */
  command: ReadOnlyCheck | null;
}

/** One rule of the policy. */
export interface AdmissionRule {
  name: string;
  then: Verdict["then"];
  /** Of a built-in rule: when it applies, for a person to read. Of the person's own: its `when`. */
  describes: string;
  /** Why it applies to this move, in one line a person can read; `null` when it does not. */
  applies(admittance: Admittance): string | null;
  /** What it lets a command or worker do beyond reading. Default: nothing. */
  access?(admittance: Admittance): Access;
}

/** What has to know of the config to tell what a move would start. */
export type RunnersConfig = Pick<Config, "runners" | "worker_runner">;

/**
 * What policy judges of a move: the move itself, or something that it would start, as if it were a `run`:
 *
 * - `verify`: the command that tells whether a worker's work is right
 * - `worker`: the command of a runner of the person's own, which the worker is
 * - `script`: of a sensor
 */
export interface Part {
  part: "move" | "verify" | "worker" | "script";
  /** The move; of another part, with all its fields, but `run` as its action, and the command. */
  move: Move;
  /** How the command of a `run` reads, `null` for any other move. */
  tokens: Tokenized | null;
}

/**
 * Takes a move apart into what policy has to judge, itself first. There is no side door: whatever runs is
 * judged as a command.
 */
export function partsOf(move: Move, config: RunnersConfig): Part[] {
  const parts: Part[] = [
    { part: "move", move, tokens: move.action === "run" ? tokenizeCommand(move.command) : null },
  ];
  const command = (part: Part["part"], text: string, tokens = tokenizeCommand(text)) =>
    parts.push({ part, move: { ...move, action: "run", command: text } as Move, tokens });
  if (move.action === "write_sensor") {
    // Even one that reads like plain words is started as a program, or by Deno.
    command("script", move.script, { simple: false, why: "it is a program" });
  }
  if (move.action !== "start_worker") return parts;
  if (move.verify !== undefined) command("verify", move.verify);
  const name = move.runner ?? config.worker_runner;
  // Which one `auto` means is known when it is started: any of them could be.
  for (const runner of name === "auto" ? PRESET_NAMES : [name]) {
    const own = Object.hasOwn(config.runners, runner) ? config.runners[runner].worker : undefined;
    if (own !== undefined) command("worker", own);
  }
  return parts;
}

/** What a part is called in a verdict's reason; empty for the move itself. */
export function partLabel(part: Part["part"]): string {
  return {
    move: "",
    verify: "its verify command: ",
    worker: "its worker's command: ",
    script: "its script: ",
  }[part];
}
