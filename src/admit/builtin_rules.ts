import { parseGoal } from "../profile/goal_file.ts";
import { parseSchedule } from "../profile/schedule_file.ts";
import { type Access, NO_ACCESS } from "../schema/config.ts";
import type { BUILT_IN_NAMES, Verdict } from "../schema/decision.ts";
import { canonicalJson } from "../schema/json.ts";
import type { Action, Move } from "../schema/move.ts";
import type { Goal, Rule } from "../schema/world.ts";
import type { AdmissionRule, Admittance } from "./parts.ts";
import type { Tokenized } from "./shell_command.ts";

/** Its name is one that a rule of the config may not have. */
type BuiltInRule = AdmissionRule & { name: typeof BUILT_IN_NAMES[number] };

/** Of programs that need the network: `gh` has the user's login, `git` also the keys of ssh and of the SSH agent. */
const NETWORK_ACCESS: Record<string, Access> = {
  gh: {
    ...{ network: true, read: ["~/.config/gh"], write: [] },
    env: ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_HOST"],
  },
  git: {
    network: true,
    read: ["~/.ssh", "~/.netrc", "~/.git-credentials", "~/.config/git/credentials", "~/.config/gh"],
    write: [],
    env: ["SSH_AUTH_SOCK"],
  },
};

/** The words of `looop report`, one a line. */
const REPORT = /^looop\nreport(\n--since\n[\w:-]+|\n--(save|json))*$/;

/** The policy after the rules of the config; the first rule that applies decides. */
export const BUILT_IN_RULES: BuiltInRule[] = [
  {
    name: "worker-command",
    then: "allow",
    describes: "the command of a custom worker, from runners.NAME.worker",
    applies: ({ part }) => part === "worker" ? "it is the config's command" : null,
  },
  rule("noop", "allow", "noop", "it does nothing"),
  {
    name: "run-read-only",
    then: "allow",
    describes: "a command of plain words that only reads: git log, gh pr view, ls, cat, grep, …",
    applies: ({ move, command }) =>
      move.action === "run" && command?.readOnly ? "its command is on the read-only list" : null,
    // git reads only what is here.
    access: ({ tokens }) => programOf(tokens) === "git" ? NO_ACCESS : networkAccess(tokens),
  },
  {
    name: "run-report",
    then: "allow",
    describes: "run looop report, with --since, --save and --json",
    applies: ({ part, tokens }) =>
      part === "move" && tokens?.simple && REPORT.test(tokens.argv.join("\n"))
        ? "it sums up what the loop did"
        : null,
  },
  {
    name: "run",
    then: "ask",
    describes: "any other command, also a worker's verify and a sensor's script",
    applies: ({ move, command }) =>
      move.action === "run" && command?.readOnly === false ? command.why : null,
    // Once approved, a program reaches the network that it needs.
    access: ({ tokens }) => networkAccess(tokens),
  },
  rule(
    "start-worker",
    "allow",
    "start_worker",
    "a worker asks the user for the permissions that it lacks",
  ),
  rule("stop-worker", "allow", "stop_worker", "its files stay"),
  rule("tell-worker", "allow", "tell_worker", "the worker still asks for what it lacks"),
  {
    name: "write-goal-rules",
    then: "ask",
    describes: "write_goal that changes the goal's rules, `done` or budget",
    applies: changesRules,
  },
  {
    name: "write-goal-trust",
    then: "ask",
    describes: "write_goal that removes the mark `untrusted`",
    applies: clearsUntrusted,
  },
  rule("write-goal", "allow", "write_goal", "it does not change the goal's rules"),
  {
    name: "archive-setup",
    then: "ask",
    describes:
      "archive_goal of the goal setup before there are a PLAYBOOK, a goal and a sensor of yours",
    applies: ({ unfinished }) => unfinished,
  },
  {
    name: "archive-goal-done",
    then: "ask",
    describes: "archive_goal of a goal with a `done`, by a decider: that alone ends it",
    applies: ({ move, goal, byRule }) =>
      move.action === "archive_goal" && !byRule && goal?.rules.some(({ ends }) => ends)
        ? "the goal ends by itself once its `done` holds"
        : null,
  },
  rule("archive-goal", "allow", "archive_goal", "the goal moves to goals/archive"),
  rule("write-sensor", "ask", "write_sensor", "a sensor is a program that looop runs"),
  rule("remove-sensor", "ask", "remove_sensor", "the loop would observe less"),
  rule("write-playbook", "ask", "write_playbook", "the PLAYBOOK guides every decision"),
  {
    name: "write-schedule-do",
    then: "ask",
    describes: "write_schedule and remove_schedule of a schedule with a move of its own",
    applies: changesOwnMove,
  },
  {
    name: "write-schedule-trust",
    then: "ask",
    describes: "write_schedule that removes the mark `untrusted`",
    applies: clearsUntrustedSchedule,
  },
  rule("write-schedule", "allow", "write_schedule", "it only wakes a decision"),
  rule("remove-schedule", "allow", "remove_schedule", "it only woke decisions"),
  rule("ask", "allow", "ask", "it asks the user"),
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
  const after = goalAfter(move);
  if (after === null) return null;
  if (effects(goal?.rules ?? []) !== effects(after.rules)) {
    return "it changes the goal's rules, which apply moves without a decision";
  }
  if (!goal) return null;
  const limits = ({ rules, metric, budget_usd }: Goal) =>
    canonicalJson([
      rules.some(({ ends }) => ends) ? metric ?? null : null,
      goal.budget_usd === undefined ? null : budget_usd ?? null,
    ]);
  return limits(goal) === limits(after)
    ? null
    : "it changes what the goal may cost, or by what it is measured";
}

/** The effects of rules, without their journal lines, which name the goal. */
function effects(rules: Rule[]): string {
  return canonicalJson(
    rules.map(({ name, when, do: { journal: _, ...effect } }) => ({ name, when, effect })),
  );
}

function clearsUntrusted({ move, goal }: Admittance): string | null {
  const after = goalAfter(move);
  return goal?.untrusted && after?.untrusted === false
    ? "it removes the mark `untrusted` from the goal"
    : null;
}

/** The goal that a `write_goal` would leave, without a digest; `null` for any other move. */
function goalAfter(move: Move): Goal | null {
  return move.action === "write_goal" ? parseGoal(move.id, move.body, "") : null;
}

function changesOwnMove({ move, schedule }: Admittance): string | null {
  if (move.action !== "write_schedule" && move.action !== "remove_schedule") return null;
  const after = move.action === "write_schedule" ? parseSchedule(move.name, move.body) : null;
  // What cannot be parsed may have one.
  const has = [schedule, after].some((one) => typeof one === "string" || one?.do !== undefined);
  return has ? "the schedule has a move of its own, which is applied without a decision" : null;
}

function clearsUntrustedSchedule({ move, schedule }: Admittance): string | null {
  if (move.action !== "write_schedule" || typeof schedule === "string" || !schedule?.untrusted) {
    return null;
  }
  const after = parseSchedule(move.name, move.body);
  return typeof after !== "string" && after.untrusted
    ? null
    : "it removes the mark `untrusted` from the schedule";
}

function programOf(tokens: Tokenized | null): string {
  return tokens?.simple ? tokens.argv[0] : "";
}

function networkAccess(tokens: Tokenized | null): Access {
  const program = programOf(tokens);
  return Object.hasOwn(NETWORK_ACCESS, program) ? NETWORK_ACCESS[program] : NO_ACCESS;
}
