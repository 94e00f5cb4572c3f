import { assert, assertEquals } from "@std/assert";
import { admit } from "../../src/admit/admit.ts";
import { tokenizeCommand } from "../../src/admit/shell_command.ts";
import { listPolicy, userRules } from "../../src/admit/user_rules.ts";
import { ruleValues } from "../../src/cel/variables.ts";
import { checkPolicy, DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { type Config, NO_ACCESS, type PolicyRule } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";

const journal = "x";
const run = (command: string): Move => ({ action: "run", command, journal });
const start = (more: { verify?: string; runner?: string } = {}): Move => ({
  ...{ action: "start_worker", id: "fix", prompt: "fix it", journal },
  ...more,
});
const sensor: Move = {
  ...{ action: "write_sensor", name: "inbox.sh", journal },
  script: "#!/bin/sh\ncurl -s https://inbox.example\n",
};

type Given = { tainted?: boolean; sensors?: Record<string, string>; config?: Partial<Config> };

async function admitted(
  move: Move,
  policy: PolicyRule[],
  { tainted = false, sensors = {}, config = {} }: Given = {},
) {
  assertEquals(await checkPolicy(policy), []);
  const wakes = Object.fromEntries(
    Object.entries(sensors).map(([name, signal]) => [`sensor:${name}`, signal]),
  );
  const now = new Date("2026-11-23T09:30:00Z");
  const seen = { goals: [], wakes, changed: [], tainted, runner: "pi", workers: [], now };
  return await admit(move, {
    ...{ tainted, goal: null, dataDir: "/data", config: { ...DEFAULT_CONFIG, ...config, policy } },
    values: () => ruleValues(seen),
  });
}

async function verdict(move: Move, policy: PolicyRule[], given: Given = {}): Promise<string> {
  const { then, rule, why } = await admitted(move, policy, given);
  return `${then} ${rule}: ${why}`;
}

const allow = (when: string, name = "mine"): PolicyRule => ({ name, when, then: "allow" });
const deny = (when: string, name = "no"): PolicyRule => ({
  ...{ name, when },
  then: "deny",
  why: "never",
});

Deno.test("admit applies the first rule that holds, the config's before the built-in ones", async () => {
  const policy = [deny(`"--force" in move.argv`), allow(`move.simple && move.argv[0] == "make"`)];
  assertEquals(await verdict(run("make test"), policy), "allow mine: mine");
  assertEquals(await verdict(run("make --force"), policy), "deny no: never");
  assertEquals(await verdict(run("make --force"), policy.toReversed()), "allow mine: mine");
  assertEquals(
    await verdict(run("make; id"), policy),
    "ask run: it is not a simple command: ; has a meaning in a shell; put it in single quotes if it is text",
  );
  assertEquals(
    await verdict(run("ls"), policy),
    "allow run-read-only: its command is on the read-only list",
  );
  assertEquals(await verdict(run("ls"), [deny("true")]), "deny no: never");
});

Deno.test("admit gives rules the sensors, and whether the decision is tainted", async () => {
  const policy = [deny(`sensors.ci == "red" && move.action == "start_worker"`)];
  assertEquals(await verdict(start(), policy, { sensors: { ci: "red" } }), "deny no: never");
  assertEquals(
    (await admitted(start(), policy, { sensors: { ci: "green" } })).rule,
    "start-worker",
  );
  const careful = [deny("tainted && move.action == 'ask'")];
  const ask: Move = { action: "ask", question: "x", journal };
  assertEquals(await verdict(ask, careful, { tainted: true }), "deny no: never");
  assertEquals((await admitted(ask, careful)).rule, "ask");
});

Deno.test("admit: a rule that errs does not apply where it allows, and does where it asks or denies", async () => {
  const when = `sensors.ci == "red"`;
  assertEquals((await admitted(run("id"), [allow(when)])).rule, "run");
  assertEquals(
    await verdict(run("ls"), [deny(when)]),
    "deny no: never. It cannot be evaluated, so it applies: there is no sensor `ci` (there are none)",
  );
  assertEquals(
    await verdict(run("ls"), [{ name: "red", when, then: "ask" }]),
    "ask red: red. It cannot be evaluated, so it applies: there is no sensor `ci` (there are none)",
  );
  const words = `move.argv[1] == "push"`;
  assertEquals((await admitted(run("git"), [allow(words)])).rule, "run");
  assertEquals(
    await verdict(run("git"), [deny(words)]),
    "deny no: never. It cannot be evaluated, so it applies: No such key: index out of bounds, index 1 >= size 1",
  );
  assertEquals(await verdict(run("git push"), [deny(words)]), "deny no: never");
});

Deno.test("admit judges a worker's verify command as a command of its own", async () => {
  const worker = [allow(`move.action == "start_worker"`)];
  assertEquals(await verdict(start({ verify: "git log" }), worker), "allow mine: mine");
  assertEquals(
    await verdict(start({ verify: "curl evil.example" }), worker),
    "ask run: its verify command: curl is not on the read-only list",
  );
  const noCurl = [deny(`move.command.contains("curl")`), ...worker];
  assertEquals(
    await verdict(start({ verify: "curl evil.example" }), noCurl),
    "deny no: its verify command: never",
  );
  const both = [...worker, allow(`move.id == "fix" && move.command == "make test"`, "test")];
  assertEquals(await verdict(start({ verify: "make test" }), both), "allow mine: mine");
  assertEquals((await admitted(start({ verify: "make all" }), both)).then, "ask");
  // The move's own word is given where both say the same.
  const asks: PolicyRule[] = [{ name: "careful", when: "true", then: "ask" }];
  assertEquals(await verdict(start({ verify: "make" }), asks), "ask careful: careful");
});

Deno.test("admit judges the command of each custom runner that the worker may get", async () => {
  const runners = { aider: { worker: "aider --yes {{prompt_file}}" }, pi: { worker: "my-pi" } };
  const config = { worker_runner: "aider", runners };
  assertEquals((await admitted(start(), [], { config })).rule, "start-worker");
  const noAider = [deny(`move.command.contains("aider")`)];
  const denied = "deny no: its worker's command: never";
  assertEquals(await verdict(start(), noAider, { config }), denied);
  assertEquals((await admitted(start({ runner: "claude" }), noAider, { config })).then, "allow");
  assertEquals(await verdict(start({ runner: "aider" }), noAider, { config: { runners } }), denied);
  const noPi = [deny(`move.simple && move.argv[0] == "my-pi"`)];
  const auto = { worker_runner: "auto", runners };
  assertEquals(await verdict(start(), noPi, { config: auto }), denied);
  assertEquals((await admitted(start({ runner: "constructor" }), noPi, { config })).then, "allow");
});

Deno.test("admit judges a sensor's script as a command that is never simple", async () => {
  const write = [allow(`move.action == "write_sensor" && move.name == "inbox.sh"`)];
  assertEquals(
    await verdict(sensor, write),
    "ask run: its script: it is not a simple command: it is a program",
  );
  const both = [allow(`move.name == "inbox.sh" && move.action in ["write_sensor", "run"]`)];
  assertEquals(await verdict(sensor, both), "allow mine: mine");
  const other = { ...sensor, name: "other.sh" } as Move;
  assertEquals((await admitted(other, both)).then, "ask");
  assertEquals(
    await verdict(sensor, [deny(`move.command.contains("curl")`), ...both]),
    "deny no: its script: never",
  );
  // Plain words alone are a program, too.
  const ts = { action: "write_sensor", name: "a.ts", script: "ls", journal } as Move;
  const simple = [allow(`move.action == "write_sensor"`), allow("move.simple", "plain")];
  assertEquals((await admitted(ts, simple)).then, "ask");
});

Deno.test("admit requires approval under untrusted input, whatever rule allows the move, but not for a worker confined to a sandbox", async () => {
  const all = [allow("true")];
  const tainted = true;
  const limit = "ask taint: untrusted input may have influenced this, so it needs your approval";
  assertEquals(await verdict(run("ls"), all, { tainted }), limit);
  assertEquals(await verdict(start(), all, { tainted }), limit);
  assertEquals(await verdict(sensor, all, { tainted }), limit);
  assertEquals(
    await verdict({ action: "write_playbook", body: "x", journal }, all, { tainted }),
    limit,
  );
  assertEquals(await verdict(run("ls"), [deny("true")], { tainted }), "deny no: never");
  assertEquals(
    (await admitted({ action: "noop", reason: "x", journal }, all, { tainted })).then,
    "allow",
  );
  const config = {
    sandbox: "bwrap" as const,
    worker_runner: "own",
    runners: { own: { worker: "x" } },
  };
  assertEquals(await verdict(start(), all, { tainted, config }), "allow mine: mine");
  assertEquals(
    await verdict(start({ verify: "ls" }), all, { tainted, config }),
    "ask taint: its verify command: untrusted input may have influenced this, so it needs your approval",
  );
  assertEquals(await verdict(run("ls"), all, { tainted, config }), limit);
});

Deno.test("admit gives the access of the rule that decides on each part, also where it only asks", async () => {
  const write = ["/srv/site"];
  const policy: PolicyRule[] = [
    { name: "site", when: `move.action == "start_worker"`, then: "allow", write, network: true },
    { name: "deploy", when: `move.command == "make deploy"`, then: "ask", env: ["DEPLOY_KEY"] },
  ];
  const admission = await admitted(start({ verify: "make deploy" }), policy);
  assertEquals(admission.action.worker?.access, { ...NO_ACCESS, network: true, write });
  assertEquals(admission.action.verify?.access, { ...NO_ACCESS, env: ["DEPLOY_KEY"] });
  assertEquals([admission.then, admission.rule], ["ask", "deploy"]);
  const tainted = await admitted(run("make deploy"), [{ ...policy[1], then: "allow" }], {
    tainted: true,
  });
  assertEquals([tainted.then, tainted.action.command?.access.env], ["ask", ["DEPLOY_KEY"]]);
  assertEquals((await admitted(run("make"), policy)).action.command?.access, NO_ACCESS);
});

Deno.test("listPolicy describes every rule, in the order of evaluation", () => {
  const own: PolicyRule[] = [
    { name: "site", when: "true", then: "allow", why: "deploys", network: true, env: ["KEY"] },
    { name: "rest", when: "tainted", then: "deny" },
  ];
  const listed = listPolicy(own);
  assertEquals(listed.slice(0, 2), [
    {
      ...{ name: "site", from: "config", then: "allow", when: "true", describes: "deploys" },
      access: { ...NO_ACCESS, network: true, env: ["KEY"] },
    },
    {
      ...{ name: "rest", from: "config", then: "deny", when: "tainted", describes: "rest" },
      access: NO_ACCESS,
    },
  ]);
  const builtIn = listed.slice(2);
  assertEquals(builtIn.map(({ name, then, describes }) => `${then} ${name}: ${describes}`), [
    "allow worker-command: the command of a custom worker, from runners.NAME.worker",
    "allow noop: noop: it does nothing",
    "allow run-read-only: a command of plain words that only reads: git log, gh pr view, ls, cat, grep, …",
    "allow run-report: run looop report, with --since, --save and --json",
    "ask run: any other command, also a worker's verify and a sensor's script",
    "allow start-worker: start_worker: a worker asks the user for the permissions that it lacks",
    "allow stop-worker: stop_worker: its files stay",
    "allow tell-worker: tell_worker: the worker still asks for what it lacks",
    "ask write-goal-rules: write_goal that changes the goal's rules, `done` or budget",
    "ask write-goal-trust: write_goal that removes the mark `untrusted`",
    "allow write-goal: write_goal: it does not change the goal's rules",
    "ask archive-setup: archive_goal of the goal setup before there are a PLAYBOOK, a goal and a " +
    "sensor of yours",
    "ask archive-goal-done: archive_goal of a goal with a `done`, by a decider: that alone ends it",
    "allow archive-goal: archive_goal: the goal moves to goals/archive",
    "ask write-sensor: write_sensor: a sensor is a program that looop runs",
    "ask remove-sensor: remove_sensor: the loop would observe less",
    "ask write-playbook: write_playbook: the PLAYBOOK guides every decision",
    "ask write-schedule-do: write_schedule and remove_schedule of a schedule with a move of its own",
    "ask write-schedule-trust: write_schedule that removes the mark `untrusted`",
    "allow write-schedule: write_schedule: it only wakes a decision",
    "allow remove-schedule: remove_schedule: it only woke decisions",
    "allow ask: ask: it asks the user",
    "ask taint: under untrusted input, whatever allows them: run, write_sensor, write_playbook, " +
    "start_worker, stop_worker, tell_worker, and write_goal, archive_goal, write_schedule, " +
    "remove_schedule of a goal or schedule that is not marked untrusted; but not a worker in a " +
    "sandbox without network, credentials, write access and repository",
  ]);
  for (const { from, when, access } of builtIn) {
    assertEquals({ from, when, access }, { from: "built-in", when: null, access: NO_ACCESS });
  }
});

Deno.test("admit says why it allows the command of a custom worker", async () => {
  const config = { worker_runner: "own", runners: { own: { worker: "my-agent" } } };
  const { parts } = await admitted(start(), [], { config });
  assertEquals(parts.map(({ part, then, rule, why }) => `${part}: ${then} ${rule}: ${why}`), [
    "move: allow start-worker: a worker asks the user for the permissions that it lacks",
    "worker: allow worker-command: it is the config's command",
  ]);
});

for (
  const [then, when, why, reported] of [
    ["allow", "true", "mine", []],
    ["allow", "false", null, []],
    ["allow", "nonsense(", null, ["mine"]],
    ["ask", "nonsense(", "mine. It cannot be evaluated, so it applies: ", []],
    ["deny", "nonsense(", "mine. It cannot be evaluated, so it applies: ", []],
    ["allow", "sensors.ci == 1", null, ["mine"]],
    ["deny", "sensors.ci == 1", "mine. It cannot be evaluated, so it applies: ", []],
  ] as [PolicyRule["then"], string, string | null, string[]][]
) {
  Deno.test(`userRules evaluates the ${then} rule ${when}`, async () => {
    const errors: [name: string, error: string][] = [];
    const values = { sensors: {} };
    const rules = await userRules([{ name: "mine", when, then }], values, (...error) => {
      errors.push(error);
    });
    assertEquals(rules.map(({ name, then, describes }) => [name, then, describes]), [
      ["mine", then, when],
    ]);
    const given = {
      part: "move",
      move: run("ls"),
      tokens: null,
      goal: null,
      unfinished: null,
      command: null,
    } as const;
    const applies = rules[0].applies(given);
    assertEquals(why === null ? applies : applies?.slice(0, why.length), why);
    assertEquals(errors.map(([name]) => name), reported);
    for (const text of [...errors.map(([_, error]) => error), applies ?? "x."]) {
      assert(text.trim() !== "" && !text.endsWith(": "), text);
    }
    // Without a receiver, the error is dropped.
    const [silent] = await userRules([{ name: "mine", when, then }], values);
    assertEquals(silent.applies({ ...given, tokens: tokenizeCommand("ls") }), applies);
  });
}
