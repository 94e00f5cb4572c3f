import { parseGoal } from "../profile/goal_file.ts";
import { type Access, type BUILT_IN_NAMES, NO_ACCESS } from "../schema/config.ts";
import type { Verdict } from "../schema/decision.ts";
import { canonicalJson } from "../schema/json.ts";
import type { Action } from "../schema/move.ts";
import type { Rule } from "../schema/world.ts";
import type { AdmissionRule, Admittance } from "./admit.ts";
import type { Tokenized } from "./tokenize.ts";

/** What a rule is called by its place in {@linkcode BUILT_IN_NAMES}. */
type BuiltInRule = AdmissionRule & { name: typeof BUILT_IN_NAMES[number] };

/** `gh` reads over the network, with the person's token. */
const GITHUB_ACCESS: Access = {
  network: true,
  write: [],
  env: ["GH_TOKEN", "GITHUB_TOKEN", "GH_HOST"],
};

/** `git` pushes and fetches over the network, with the keys of the person's agent. */
const GIT_ACCESS: Access = { network: true, write: [], env: ["SSH_AUTH_SOCK"] };

/** The policy as it is without any rule of the person's own; the first that applies decides. */
export const BUILT_IN_RULES: BuiltInRule[] = [
  {
    name: "worker-command",
    then: "allow",
    describes: "the command of a worker, as runners.NAME.worker has it",
    applies: ({ part }) => part === "worker" ? "the config names it" : null,
  },
  rule("noop", "allow", "noop", "it does nothing"),
  {
    name: "run-read-only",
    then: "allow",
    describes: "a command of plain words that only reads: git log, gh pr view, ls, cat, grep, …",
    applies: ({ move, command }) =>
      move.action === "run" && command?.readOnly ? "its command is on the read-only list" : null,
    access: ({ tokens }) => programOf(tokens) === "gh" ? GITHUB_ACCESS : NO_ACCESS,
  },
  {
    name: "run",
    then: "ask",
    describes: "any other command, also a worker's verify and a sensor's script",
    applies: ({ move, command }) =>
      move.action === "run" && command?.readOnly === false ? command.why : null,
    // After the person's yes these reach what they are for; without it nothing is run.
    access: ({ tokens }) =>
      programOf(tokens) === "gh"
        ? GITHUB_ACCESS
        : programOf(tokens) === "git"
        ? GIT_ACCESS
        : NO_ACCESS,
  },
  rule(
    "start-worker",
    "allow",
    "start_worker",
    "a worker asks a person before it does what it may not",
  ),
  rule("stop-worker", "allow", "stop_worker", "what it wrote stays"),
  {
    name: "write-goal-rules",
    then: "ask",
    describes: "write_goal that changes the goal's rules",
    applies: changesRules,
  },
  {
    name: "write-goal-trust",
    then: "ask",
    describes: "write_goal that takes away the mark untrusted",
    applies: clearsUntrusted,
  },
  rule("write-goal", "allow", "write_goal", "it leaves the goal's rules as they are"),
  rule("archive-goal", "allow", "archive_goal", "the goal is kept in goals/archive"),
  rule("write-sensor", "ask", "write_sensor", "a sensor is a program that will be run"),
  rule("remove-sensor", "ask", "remove_sensor", "the loop would see less"),
  rule("write-playbook", "ask", "write_playbook", "the PLAYBOOK guides every decision"),
  rule("ask", "allow", "ask", "it asks a person"),
];

/** A rule on all moves of one action. */
function rule(
  name: BuiltInRule["name"],
  then: Verdict["then"],
  action: Action,
  why: string,
): BuiltInRule {
  return {
    name,
    then,
    describes: `${action}: ${why}`,
    applies: ({ move }) => move.action === action ? why : null,
  };
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

function programOf(tokens: Tokenized | null): string | null {
  return tokens?.simple ? tokens.argv[0] : null;
}
