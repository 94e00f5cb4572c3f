import { type Access, NO_ACCESS } from "../model/access.ts";
import type { Config } from "../model/config.ts";
import type { Goal } from "../model/goal.ts";
import type { Action, Move } from "../model/move.ts";
import type { Verdict } from "../model/verdict.ts";
import type { AdmissionRule, Admittance } from "./admission_rule.ts";
import { BUILT_IN_RULES } from "./built_in_rules.ts";
import { checkReadOnly } from "./check_read_only.ts";
import { type Part, partLabel, partsOf } from "./parts_of.ts";
import type { Tokenized } from "./tokenize_command.ts";

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
  const { ownRules } = await import("./own_rules.ts");
  return await ownRules(input.config.policy, await input.values(), input.onRuleError);
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
