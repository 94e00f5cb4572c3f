import { canonicalJson } from "../model/canonical.ts";
import type { Rule } from "../model/goal.ts";
import type { Action } from "../model/move.ts";
import { parseGoal } from "../profile/parse_goal.ts";
import type { AdmissionRule, Admittance } from "./admission_rule.ts";

/** The policy as it is without any rule of the person's own; the first that applies decides. */
export const BUILT_IN_RULES: AdmissionRule[] = [
  { name: "noop", then: "allow", applies: on("noop", "it does nothing") },
  {
    name: "run-read-only",
    then: "allow",
    applies: ({ move, command }) =>
      move.action === "run" && command?.readOnly ? "its command is on the read-only list" : null,
  },
  {
    name: "run",
    then: "ask",
    applies: ({ move, command }) =>
      move.action === "run" && command?.readOnly === false ? command.why : null,
  },
  {
    name: "start-worker-verify",
    then: "ask",
    applies: ({ move, command }) =>
      move.action === "start_worker" && command?.readOnly === false
        ? `its verify command: ${command.why}`
        : null,
  },
  {
    name: "start-worker",
    then: "allow",
    applies: on("start_worker", "a worker asks a person before it does what it may not"),
  },
  { name: "stop-worker", then: "allow", applies: on("stop_worker", "what it wrote stays") },
  { name: "write-goal-rules", then: "ask", applies: changesRules },
  { name: "write-goal-trust", then: "ask", applies: clearsUntrusted },
  {
    name: "write-goal",
    then: "allow",
    applies: on("write_goal", "it leaves the goal's rules as they are"),
  },
  {
    name: "archive-goal",
    then: "allow",
    applies: on("archive_goal", "the goal is kept in goals/archive"),
  },
  {
    name: "write-sensor",
    then: "ask",
    applies: on("write_sensor", "a sensor is a program that will be run"),
  },
  { name: "remove-sensor", then: "ask", applies: on("remove_sensor", "the loop would see less") },
  {
    name: "write-playbook",
    then: "ask",
    applies: on("write_playbook", "the PLAYBOOK guides every decision"),
  },
  { name: "ask", then: "allow", applies: on("ask", "it asks a person") },
];

function on(action: Action, why: string): (admittance: Admittance) => string | null {
  return ({ move }) => move.action === action ? why : null;
}

function changesRules({ move, goal }: Admittance): string | null {
  if (move.action !== "write_goal") return null;
  const [before, after] = [goal?.rules ?? [], parseGoal(move.id, move.body, "").rules];
  return effects(before) === effects(after)
    ? null
    : "it changes the goal's rules, which act without a decider";
}

/** What rules do, without their journal lines, which name the goal and so change with it. */
function effects(rules: Rule[]): string {
  return canonicalJson(
    rules.map(({ name, when, do: { journal: _, ...effect } }) => ({ name, when, effect })),
  );
}

function clearsUntrusted({ move, goal }: Admittance): string | null {
  if (move.action !== "write_goal" || !goal?.untrusted) return null;
  if (parseGoal(move.id, move.body, "").untrusted) return null;
  return "it takes away the mark that outside text could have shaped the goal";
}
