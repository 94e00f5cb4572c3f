import { pathsOf } from "../../src/profile/paths.ts";
import type { AdmittedCommand } from "../../src/schema/action.ts";
import { commandAs } from "../support/run_as.ts";
import { assertEquals } from "@std/assert";
import { admit } from "../../src/admit/admit.ts";
import { BUILT_IN_RULES } from "../../src/admit/builtin_rules.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { BUILT_IN_NAMES } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import type { Goal } from "../../src/schema/world.ts";
import { HOSTILE_COMMANDS } from "./hostile_commands.ts";

const journal = "x";
const run = (command: string): Move => ({ action: "run", command, journal });
const RULE = '\nrules:\n  - when: "tainted"\n    do: {action: noop, reason: quiet}';
const body = (more = "", aim = "aim") => `---\ngoal: ${aim}${more}\n---\nnotes\n`;
const write = (text: string): Move => ({ action: "write_goal", id: "g", body: text, journal });
const goal = (text: string) => parseGoal("g", text, "");

/** A command that bash reads, as admitted. */
const BASH = (text: string): AdmittedCommand => commandAs({ paths: pathsOf("/data") }, text);

async function admission(move: Move, { tainted = false, goal = null as Goal | null } = {}) {
  return await admit(move, {
    ...{ tainted, goal, dataDir: "/data", config: DEFAULT_CONFIG },
    values: () => {
      throw new Error("without a rule in the config, they are not needed");
    },
  });
}

/** What the built-in policy says, and the command of a run. */
async function admitted(...args: Parameters<typeof admission>) {
  const { then, rule, why, action: { command } } = await admission(...args);
  return { then, rule, why, command };
}

async function verdict(move: Move, input: { tainted?: boolean; goal?: Goal | null } = {}) {
  const { then, rule } = await admitted(move, input);
  return `${then} ${rule}`;
}

Deno.test("admit allows commands of the read-only list", async () => {
  const good = [
    ...["ls", "ls -la reports", "pwd", "cat PLAYBOOK.md", "cat goals/a.md reports/b.md"],
    ...[
      "head -5 journal.md",
      "head -n 5 journal.md",
      "tail -n20 journal.md",
      "tail --lines=5 journal.md",
    ],
    ...["wc -l journal.md", "date", "date -u +%F", "date '+%H:%M'", "date -d tomorrow +%F"],
    ...["stat PLAYBOOK.md", "du -sh reports", "df -h .", "grep -in 'fix me' journal.md"],
    ...[
      "grep -C 3 x journal.md",
      "grep -e a -e b journal.md",
      "grep -- -x journal.md",
      "ls -la -- reports",
    ],
    ...["git status", "git status -sb", "git status --porcelain=v2", "git -C /home/me/repo status"],
    ...[
      "git -C ../repo --no-pager log --oneline -n 5",
      "git log -5 --format='%h %s' --since=1.week",
    ],
    ...[
      "git log -p -n1 -- src/a.ts",
      "git log main..origin/main --stat",
      "git show HEAD",
      "git show HEAD:a",
    ],
    ...[
      "git diff",
      "git diff --cached --stat",
      "git diff main...HEAD -- src",
      "git diff HEAD~1 src/a.ts",
    ],
    ...["git branch", "git branch -a -v", "git branch --show-current", "git branch --list 'fix-*'"],
    ...[
      "git tag",
      "git tag -l 'v*'",
      "git remote",
      "git rev-parse --short HEAD",
      "git ls-files -m",
    ],
    ...["git rev-parse --abbrev-ref '@{u}'", "git blame -L 1,5 a.ts", "git shortlog -sn HEAD"],
    ...[
      "gh pr list",
      "gh pr list -R o/r --state open -L 5 --json number,title",
      "gh pr view 12 --comments",
      "gh pr list --repo=o/r",
    ],
    ...["gh pr checks 12", "gh pr status", "gh run list --branch main", "gh run view 123456"],
    ...["gh issue list --label bug", "gh issue view 7"],
  ];
  for (const command of good) {
    assertEquals(await verdict(run(command)), "allow run-read-only", command);
  }
});

Deno.test("admit never allows a hostile command", async () => {
  for (const command of HOSTILE_COMMANDS) {
    assertEquals(await verdict(run(command)), "ask run", JSON.stringify(command));
  }
});

Deno.test("admit says why a command has to be asked for", async () => {
  assertEquals(await admitted(run("ls; id")), {
    then: "ask",
    rule: "run",
    why:
      "it is not a simple command: ; has a meaning in a shell; put it in single quotes if it is text",
    command: BASH("ls; id"),
  });
  assertEquals(await admitted(run("npm test")), {
    then: "ask",
    rule: "run",
    why: "npm is not on the read-only list",
    command: { ...BASH(""), argv: ["npm", "test"], simple: true },
  });
  assertEquals(
    (await admitted(run("tail -f journal.md"))).why,
    "tail: its option -f is not on the read-only list",
  );
});

Deno.test("admit says how a command on the read-only list starts, also that of verify", async () => {
  const log = { argv: ["git", "log", "-p"], simple: true, cwd: "/r", reads: [], files: {} };
  const npm = { ...BASH(""), argv: ["npm", "test"], simple: true };
  const whole = { ...log, access: NO_ACCESS };
  assertEquals((await admitted(run("git --no-pager -C /r log -p"))).command, whole);
  const worker = { action: "start_worker", id: "w", prompt: "Do.", journal } as const;
  for (const [verify, expected] of [["git -C /r log -p", whole], ["npm test", npm]] as const) {
    const { action } = await admission({ ...worker, verify });
    assertEquals([action.command, action.verify], [null, expected]);
  }
});

const RULES_REASON = "it changes the goal's rules, which apply moves without a decision";
const TRUST_REASON = "it removes the mark `untrusted` from the goal";
const UNTRUSTED = goal(body("\nuntrusted: true"));
for (
  const [move, expected, before] of [
    [{ action: "noop", reason: "x", journal }, "allow noop: it does nothing"],
    [
      run("ls"),
      "allow run-read-only: its command is on the read-only list",
    ],
    [run("id"), "ask run: id is not on the read-only list"],
    [
      { action: "start_worker", id: "w", prompt: "x", journal },
      "allow start-worker: a worker asks the user for the permissions that it lacks",
    ],
    [
      { action: "stop_worker", id: "w", reason: "x", journal },
      "allow stop-worker: its files stay",
    ],
    [
      { action: "tell_worker", id: "w", text: "x", journal },
      "allow tell-worker: the worker still asks for what it lacks",
    ],
    [write(body()), "allow write-goal: it does not change the goal's rules"],
    [write(body(RULE)), `ask write-goal-rules: ${RULES_REASON}`],
    [write(body()), `ask write-goal-trust: ${TRUST_REASON}`, UNTRUSTED],
    [
      write("no front matter"),
      "allow write-goal: it does not change the goal's rules",
      UNTRUSTED,
    ],
    [
      { action: "archive_goal", id: "g", journal },
      "allow archive-goal: the goal moves to goals/archive",
    ],
    [
      { action: "archive_goal", id: "g", journal },
      "allow archive-goal: the goal moves to goals/archive",
      goal(body(RULE)),
    ],
    [
      { action: "write_sensor", name: "a.sh", script: "x", journal },
      "ask write-sensor: a sensor is a program that looop runs",
    ],
    [
      { action: "remove_sensor", name: "a.sh", journal },
      "ask remove-sensor: the loop would observe less",
    ],
    [
      { action: "write_playbook", body: "x", journal },
      "ask write-playbook: the PLAYBOOK guides every decision",
    ],
    [{ action: "ask", question: "x", journal }, "allow ask: it asks the user"],
  ] as [Move, string, Goal?][]
) {
  Deno.test(`admit decides ${move.action}, ${expected.split(":")[0]}`, async () => {
    const { then, rule, why } = await admitted(move, { goal: before ?? null });
    assertEquals(`${then} ${rule}: ${why}`, expected);
  });
}

Deno.test("admit denies a move of an action that no rule names", async () => {
  // Every known action has a rule, so that only a value of another type gets past them all.
  const move = { action: "format_disk", journal } as unknown as Move;
  for (const tainted of [false, true]) {
    assertEquals(await admitted(move, { tainted }), {
      then: "deny",
      rule: "default",
      why: "no rule allows format_disk",
      command: null,
    });
  }
});

Deno.test("admit asks before a goal's rules change", async () => {
  assertEquals(await verdict(write(body(RULE))), "ask write-goal-rules");
  const before = { tainted: false, goal: goal(body(RULE)) };
  assertEquals(await verdict(write(body(RULE, "other aim")), before), "allow write-goal");
  assertEquals(
    await verdict(write(body(RULE.replace("tainted", "!tainted"))), before),
    "ask write-goal-rules",
  );
  assertEquals(
    await verdict(write(body(RULE.replace("quiet", "loud"))), before),
    "ask write-goal-rules",
  );
  assertEquals(await verdict(write(body()), before), "ask write-goal-rules");
  assertEquals(await verdict(write("no front matter"), before), "ask write-goal-rules");
});

Deno.test("admit asks before a goal loses its mark of being untrusted", async () => {
  const before = { tainted: false, goal: goal(body("\nuntrusted: true")) };
  assertEquals(await verdict(write(body()), before), "ask write-goal-trust");
  assertEquals(await verdict(write(body("\nuntrusted: true")), before), "allow write-goal");
});

Deno.test("admit lets tainted decisions at most ask to run, or to write a sensor or the PLAYBOOK", async () => {
  assertEquals(await verdict(run("ls"), { tainted: true }), "ask taint");
  assertEquals(await verdict(run("id"), { tainted: true }), "ask run");
  const worker: Move = { action: "start_worker", id: "w", prompt: "x", journal };
  assertEquals(await verdict(worker), "allow start-worker");
  assertEquals(await verdict(worker, { tainted: true }), "ask taint");
  assertEquals(
    await verdict({ action: "noop", reason: "x", journal }, { tainted: true }),
    "allow noop",
  );
});

Deno.test("admit lets tainted decisions change or put away only goals that are marked untrusted", async () => {
  const own = { tainted: true, goal: goal(body()) };
  const outside = { tainted: true, goal: goal(body("\nuntrusted: true")) };
  const away: Move = { action: "archive_goal", id: "g", journal };
  for (const move of [write(body("\nuntrusted: true")), away]) {
    assertEquals(await verdict(move, own), "ask taint");
    assertEquals((await verdict(move, outside)).split(" ")[0], "allow");
    assertEquals((await verdict(move, { tainted: true })).split(" ")[0], "allow", "a new one");
  }
  const stop: Move = { action: "stop_worker", id: "w", reason: "x", journal };
  assertEquals(await verdict(stop), "allow stop-worker");
  assertEquals(await verdict(stop, { tainted: true }), "ask taint");
  const tell: Move = { action: "tell_worker", id: "w", text: "x", journal };
  assertEquals(await verdict(tell), "allow tell-worker");
  assertEquals(await verdict(tell, { tainted: true }), "ask taint");
});

Deno.test("admit gives gh, and git once approved, the network and their credentials", async () => {
  const env = [
    ...["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_HOST"],
  ];
  const gh = { network: true, read: ["~/.config/gh"], write: [], env };
  assertEquals((await admitted(run("gh pr view 7"))).command?.access, gh);
  assertEquals((await admitted(run("gh pr merge 7"))).command?.access, gh);
  assertEquals((await admitted(run("git push"))).command?.access, {
    network: true,
    read: ["~/.ssh", "~/.netrc", "~/.git-credentials", "~/.config/git/credentials", "~/.config/gh"],
    ...{ write: [], env: ["SSH_AUTH_SOCK"] },
  });
  assertEquals((await admitted(run("make push"))).command?.access, NO_ACCESS);
  assertEquals((await admitted(run("git status"))).command?.access, NO_ACCESS);
});

Deno.test("BUILT_IN_RULES have the names that no rule of the config may have", () => {
  assertEquals(BUILT_IN_RULES.map(({ name }) => name), [...BUILT_IN_NAMES]);
});

Deno.test("admit allows looop report as plain words, and no other command of looop", async () => {
  const run = (command: string): Move => ({ action: "run", command, journal });
  for (const words of ["", " --save", " --since 18:00 --save", " --json --since yesterday"]) {
    assertEquals(await verdict(run(`looop report${words}`)), "allow run-report", words);
  }
  assertEquals(await verdict(run("looop report --save"), { tainted: true }), "ask taint");
  const others = ["looop", "looop approve 1a2b3c", "looop report; looop down", "looop reports"];
  others.push("/tmp/looop report", "looop report >x", "looop report --since '$(x)'");
  for (const command of others) assertEquals(await verdict(run(command)), "ask run", command);
  const worker = { action: "start_worker", id: "w", prompt: "x", journal } as const;
  assertEquals(await verdict({ ...worker, verify: "looop report" }), "ask run");
});
