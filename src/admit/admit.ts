import { type Access, NO_ACCESS } from "../model/access.ts";
import type { Goal } from "../model/goal.ts";
import type { Action, Move } from "../model/move.ts";
import type { Verdict } from "../model/verdict.ts";
import type { AdmissionRule } from "./admission_rule.ts";
import { BUILT_IN_RULES } from "./built_in_rules.ts";
import { checkReadOnly } from "./check_read_only.ts";
import { tokenizeCommand } from "./tokenize_command.ts";

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
}

/** What the policy has to know besides the move. */
export interface AdmitInput {
  /** A stranger could have caused the change that was decided on. */
  tainted: boolean;
  /** The goal that a `write_goal` would replace; `null` where there is none, and for other moves. */
  goal: Goal | null;
  /** Rules that come before the built-in ones. Default: none. */
  rules?: AdmissionRule[];
}

/** Under taint these are at most asked for, whatever rule allows them. */
const LIMITED_BY_TAINT: Action[] = ["run", "write_sensor", "write_playbook", "start_worker"];

/**
 * Says whether a move may be made, must be asked for, or is refused: the first rule that applies decides.
 * Pure: reads no file, starts nothing.
 */
export function admit(move: Move, { tainted, goal, rules = [] }: AdmitInput): Admission {
  const text = commandOf(move);
  const tokens = text === null ? null : tokenizeCommand(text);
  const command = tokens === null
    ? null
    : tokens.simple
    ? checkReadOnly(tokens.argv)
    : { readOnly: false as const, why: `it is not a simple command: ${tokens.why}` };
  const access = { access: NO_ACCESS, verify_access: NO_ACCESS };
  const verdict = decide([...rules, ...BUILT_IN_RULES]);
  const argv = move.action !== "run"
    ? null
    : command?.readOnly
    ? command.argv
    : tokens?.simple
    ? tokens.argv
    : null;
  if (verdict.then === "allow" && tainted && LIMITED_BY_TAINT.includes(move.action)) {
    const why = "outside text could have caused it, so a person decides";
    return { then: "ask", rule: "taint", why, argv, ...access };
  }
  return { ...verdict, argv, ...access };

  function decide(policy: AdmissionRule[]): Verdict {
    for (const { name, then, applies } of policy) {
      const why = applies({ move, goal, command });
      if (why !== null) return { then, rule: name, why };
    }
    return { then: "deny", rule: "default", why: `no rule allows ${move.action}` };
  }
}

/** There is no side door: what verifies a worker is a command like any other. */
function commandOf(move: Move): string | null {
  if (move.action === "run") return move.command;
  return move.action === "start_worker" ? move.verify ?? null : null;
}
