import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { propose } from "../../src/documents/propose.ts";
import { unknownNames } from "../../src/goals/names.ts";
import { readStatus } from "../../src/loop/status.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { UserError } from "../../src/schema/errors.ts";
import { cliOn } from "../support/cli_on.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

const SENSOR = "#!/bin/sh\necho '{}'\n";
const REST = "do: {action: noop, reason: x}";

/** A goal with this front matter besides its aim. */
const goal = (yaml: string) => `---\ngoal: Keep it green\n${yaml}\n---\n`;
const rule = (when: string) => goal(`rules: [{name: r, when: '${when}', ${REST}}]`);

/** A profile with a sensor `build`, a goal `site`, and a worker that its rule starts. */
function known() {
  return tempProfile({
    history: false,
    files: {
      "sensors/build.sh": SENSOR,
      "goals/site.md": goal(
        "rules: [{when: sensors.build.red, do: {action: start_worker, id: fix-ci, prompt: x}}]",
      ),
    },
  });
}

Deno.test("unknownNames finds names of sensors, goals and workers that do not exist, with the nearest", async () => {
  await using profile = await known();
  const of = (text: string) => unknownNames(profile, parseGoal("a", text, ""));
  const cases: [string, string[]][] = [
    [rule("sensors.biuld.red"), [
      "goals/a.md: rule r: there is no sensor `biuld`; did you mean build?",
    ]],
    [rule(`sensors["biuld"].red || "biuld" in sensors`), [
      "goals/a.md: rule r: there is no sensor `biuld`; did you mean build?",
    ]],
    [rule("has(sensors.weather)"), [
      "goals/a.md: rule r: there is no sensor `weather`; there are: build",
    ]],
    [rule("goals.sitee.priority > 3"), [
      "goals/a.md: rule r: there is no goal `sitee`; did you mean site?",
    ]],
    [rule(`workers["fix-c1"].state == "done"`), [
      "goals/a.md: rule r: there is no worker `fix-c1`; did you mean fix-ci?",
    ]],
    [goal("metric: {value: sensors.biuld.n}\ndone: metric == 0 || sensors.weather.sun"), [
      "goals/a.md: metric: there is no sensor `biuld`; did you mean build?",
      "goals/a.md: done: there is no sensor `weather`; there are: build",
    ]],
    [goal(`rules: [{name: r, when: "true", do: {action: archive_goal, id: sit, goal: sit}}]`), [
      "goals/a.md: rule r: there is no goal `sit`; did you mean site?",
    ]],
    [goal(`rules: [{name: r, when: "true", do: {action: remove_sensor, name: biuld.sh}}]`), [
      "goals/a.md: rule r: there is no sensor `biuld`; did you mean build?",
    ]],
    [goal(`rules: [{name: r, when: "true", do: {action: stop_worker, id: x, reason: y}}]`), [
      "goals/a.md: rule r: there is no worker `x`; there are: fix-ci",
    ]],
  ];
  for (const [text, lines] of cases) assertEquals(await of(text), lines);
});

Deno.test("unknownNames accepts what exists, what an expression may compute, and a worker that a text mentions", async () => {
  await using profile = await known();
  await profile.write("PLAYBOOK.md", "Start a worker `triage` for new issues.\n");
  const fine = [
    rule(`sensors.build.red && goals.a.priority > 0 && workers["fix-ci"].state == "done"`),
    rule(`sensors.exists(name, name == "x")`),
    rule(`workers.triage.state == "failed"`),
    `${rule("workers.polish.exit_code > 0")}Then start a worker polish.\n`,
    goal("metric: {value: sensors.build.n}\ndone: metric == 0"),
  ];
  for (const text of fine) {
    assertEquals(await unknownNames(profile, parseGoal("a", text, "")), []);
  }
});

Deno.test("unknownNames knows a sensor in code from the last tick", async () => {
  await using profile = await known();
  const check = () => unknownNames(profile, parseGoal("a", rule("sensors.code.red"), ""));
  assertEquals((await check()).length, 1);
  await tickOnce(profile, { sensors: { code: () => ({ red: true }) } });
  assertEquals(await check(), []);
});

Deno.test("goal write refuses an unknown name, and status shows those of goals and policy", async () => {
  await using profile = await known();
  await Deno.writeTextFile(`${profile.root}/a.md`, rule("sensors.biuld.red"));
  const refused = await cliOn(profile, ["goal", "write", "a", `${profile.root}/a.md`]);
  assertEquals([refused.status, refused.stderr], [
    1,
    "looop: cannot write goals/a.md: rule r: there is no sensor `biuld`; did you mean build?\n",
  ]);
  await profile.write("goals/a.md", rule("sensors.biuld.red"));
  await profile.write("goals/archive/old.md", rule("true"));
  const goals = "move.goal == 'siet' || move.goal != \"site\" || move.goal == 'old'";
  profile.config.policy = [
    { name: "quiet", when: "sensors.wether.rain", then: "ask" },
    { name: "shy", when: goals, then: "ask" },
  ];
  const { attention } = await readStatus(profile);
  assert(
    attention.includes("goals/a.md: rule r: there is no sensor `biuld`; did you mean build?"),
    attention.join("\n"),
  );
  assert(
    attention.includes(
      `${profile.configPath}: policy quiet: there is no sensor \`wether\`; there are: build`,
    ),
    attention.join("\n"),
  );
  assertEquals(
    attention.filter((line) => line.includes("policy shy")),
    [`${profile.configPath}: policy shy: there is no goal \`siet\`; did you mean site?`],
  );
});

Deno.test("propose and a decider's write_goal refuse an unknown name, and take one whose proposal waits", async () => {
  await using profile = await known();
  const body = rule("sensors.weather.rain && goals.trips.priority > 0");
  const unknown = "goals/a.md: rule r: there is no sensor `weather`; there are: build";
  const refused = await assertRejects(
    () => propose(profile, { what: "goal", name: "a", body }),
    UserError,
  );
  assertEquals(
    refused.message,
    "cannot propose goals/a.md: rule r: there is no goal `trips`; there are: site, a; " +
      "rule r: there is no sensor `weather`; there are: build",
  );
  const move = { action: "write_goal", id: "a", body, journal: "wrote it" } as const;
  const result = await tickOnce(profile, { decider: scripted(move).decide });
  assert(result.outcome === "failed");
  assertStringIncludes(result.error.message, unknown);
  const status = async () => (await cliOn(profile, ["status"])).stdout.replaceAll(/\s+/g, " ");
  await profile.write("goals/a.md", body);
  assertStringIncludes(await status(), unknown);
  await Deno.remove(`${profile.paths.goals}/a.md`);

  await propose(profile, { what: "sensor", name: "weather.sh", body: SENSOR });
  await propose(profile, { what: "goal", name: "trips", body: goal("priority: 5") });
  await propose(profile, { what: "goal", name: "a", body });
  await profile.write("goals/a.md", body);
  assertEquals((await status()).match(/⚑ goals\/a.md: .*/), null);
});
