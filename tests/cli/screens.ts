import type { Move } from "../../src/schema/move.ts";
import { noop } from "../support/scripted_decider.ts";

/** A command line of looop, as it is typed; `'…'` quotes a word. */
export interface Call {
  line: string;
  /** What stdin holds. */
  input?: string;
  /** What the runner answers. Default: no move. */
  move?: Move;
  /** What it says instead. */
  says?: string;
  /** What begins with this is shown before the last piece of output: when it comes is left to chance. */
  late?: string;
}

/** What none of these commands changes does not have to be restored after them. */
export const READS =
  "status:ls:journal:runs:why:logs:attach:kill:continue:version:help:complete:completions:watch:policy:setup-agent:wait"
    .split(":");

/** The commands that have no screen, and why. */
export const NOT_SHOWN: Record<string, string> = {
  "permission-request": "prints JSON for the hook of an agent program",
  deliver: "prints nothing",
};

const GOAL = "---\ngoal: Answer each ticket within a day\npriority: 2\n---\n";
const MOVE = { action: "run", command: "git push origin main" } as const;
/** What Claude Code prints at a usage limit. */
const LIMIT = JSON.stringify({
  ...{ type: "result", is_error: true, total_cost_usd: 0 },
  result: "Claude AI usage limit reached|1795609200",
});
const SCHEDULE = "every: 1d\nnote: Tidy the wiki\n";

/**
 * Each command's screens: what a user types in this order, in a copy of the profile. `W…` are asks of workers, `P…`
 * proposals; see `screen_profile.ts`.
 */
export const SCREENS: Record<string, (string | Call)[]> = {
  pulse: [{ line: "", late: "⚑" }],
  init: [
    "init --print --sensor git:repositories=~/src/site --goal 'Keep it tidy'",
    "init --yes --goal 'Keep it tidy'",
  ],
  "setup-agent": ["setup-agent", "setup-agent nano", "setup-agent claude"],
  tick: [
    { line: "tick --dry-run", move: { ...MOVE, journal: "publish the fix" } },
    {
      line: "tick",
      move: noop({ journal: "the site fails to resolve; nothing to do", more: false }),
    },
    "tick",
    { line: "goal write tickets -", input: GOAL },
    { line: "tick", says: LIMIT },
    "tick",
    "status",
  ],
  run: [
    {
      line: "run ship-1-0",
      move: { action: "run", command: "git log -1", journal: "read the log" },
    },
    "run ship-1-0",
    "run tea",
  ],
  status: ["status", "status --check", "status --full"],
  watch: [],
  doctor: ["doctor"],
  cost: ["cost", "cost all", "cost add tea 1", "cost add lint 0.42"],
  journal: [
    "journal",
    "journal --since yesterday",
    "journal --goal ship-1-0",
    "journal --since soon",
  ],
  runs: ["runs", "runs --goal close-tickets", "runs --since tomorrow"],
  why: ["why", "why 20261125T090500", "why 20261124T101500", "why yesterday"],
  asks: ["asks", "asks w3c9e1", "asks nothing", "asks w3c9e1 --close"],
  answer: [
    "answer",
    "answer 20aa02 cash",
    "answer 20aa02 voucher",
    "answer 20aa02 refund",
    "answer w3c9e1 'Yes, the smallest one'",
    "answer yes",
    "answer yes",
  ],
  approve: ["approve --all-of docs", "approve 10aa01", "approve 10aa01", "approve"],
  reject: ["reject 10aa01 'not before Monday'", "reject"],
  snooze: ["snooze 20aa02 30m", "asks 20aa02", "snooze 20aa02 soon", "snooze tea 1h"],
  report: ["report", "report --since 09:00 --save"],
  policy: [
    "policy",
    { line: "policy test -", input: JSON.stringify(MOVE) },
    { line: "policy test - --tainted", input: JSON.stringify({ ...MOVE, command: "git log -1" }) },
    { line: "policy test -", input: "{}" },
  ],
  "start-session": [
    "start-session docs 'Write the docs.'",
    "start-session tidy ''",
    "start-session Tidy 'Tidy up.'",
  ],
  ls: ["ls", "ls --all", "ls --watch"],
  attach: ["attach tea", "attach lint"],
  tell: ["tell docs 'Leave the changelog to me.'", "tell lint 'Try again.'", "tell tea 'Hello'"],
  kill: ["kill lint", "kill tea"],
  continue: ["continue docs", "continue lint", "continue tea"],
  logs: ["logs docs", "logs lint", "logs tea"],
  flag: ["flag docs 'needs a login'", "ls", "status", "flag lint"],
  unflag: ["unflag docs", "unflag tea"],
  ask: ["ask docs 'Which branch?' --options main,next --timeout 1s", "ask lint 'Which branch?'"],
  told: ["told docs", "tell docs 'Leave the changelog to me.'", "told docs"],
  wait: ["wait", "wait --asks", "wait --journal --timeout 1s"],
  claim: [
    "claim ticket-4711",
    "claim ticket-4711 --session lint",
    "claim ticket-4712 --session docs",
  ],
  unclaim: ["unclaim ticket-4711 --session docs", "unclaim ticket-4711 --session docs"],
  goal: [
    "goal ls",
    "goal ls --all",
    "goal show keep-green",
    "goal show keep-gren",
    { line: "goal write tickets -", input: GOAL },
    { line: "goal write tickets -", input: GOAL.replace("priority: 2", "priority: high") },
    {
      line: "goal write tickets -",
      input: GOAL.replace(
        "---\n",
        "---\nrules: [{name: a, when: sensors.tea.x == 1, do: {action: noop}}]\n",
      ),
    },
    "goal archive tickets --note 'done by hand'",
    "goal history ship-1-0",
    "goal",
  ],
  playbook: [
    "playbook show",
    {
      line: "playbook write -",
      input: "# Playbook\n\nAsk before anything that customers or partners see.\n",
    },
    "playbook history",
    "playbook diff",
    "playbook restore HEAD~1",
    "playbook restore tea",
  ],
  sensor: [
    "sensor ls",
    "sensor show ci",
    "sensor test ci",
    "sensor test site",
    "sensor test tea",
    "sensor add",
    "sensor add http --as shop --set urls=https://example.org/",
    "sensor add http --set url=https://example.org/",
    { line: "sensor write disk.sh -", input: "#!/bin/sh\ndf -P /\n" },
    "sensor rm shop",
  ],
  schedule: [
    "schedule ls",
    "schedule show standup",
    "schedule next standup 3",
    { line: "schedule write tidy -", input: SCHEDULE },
    { line: "schedule write tidy -", input: SCHEDULE.replace("1d", "often") },
    "schedule rm tidy",
    "schedule rm tidy",
  ],
  undo: ["undo --dry-run", "undo", "undo"],
  propose: [
    { line: "propose goal tickets -", input: GOAL },
    { line: "propose goal tickets -", input: "---\n---\n" },
    "propose tea tickets",
  ],
  prune: ["prune", "prune"],
  up: ["up --at-boot --print", "up --print"],
  down: ["down"],
  pause: ["pause", "pause", "status", "tick"],
  resume: ["resume", "pause", "resume"],
  completions: ["completions", "completions tcsh"],
  complete: ["complete -- go", "complete -- goal show ''"],
  version: ["version"],
  help: ["help", "help answer", "help tea", "statsu", "ls --al", "answer a b c"],
};
