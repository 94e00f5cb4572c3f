import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { cliOn } from "../support/cli_on.ts";
import { soundProfile, wrong, wrongIn } from "./examine.ts";
import { quoteWord } from "../../src/schema/text.ts";

/** What is wrong with this text as the config, by the command line. */
async function wrongWith(text: string, variables: Record<string, string> = {}) {
  await using profile = await soundProfile();
  Object.assign(profile.environment, variables);
  await Deno.writeTextFile(profile.configPath, text, { mode: 0o600 });
  const { status, stdout, stderr } = await cliOn(profile, ["doctor", "--json"]);
  const found = wrongIn(JSON.parse(stdout).checks).map((finding) => ({
    ...finding,
    fix: finding.fix?.replace(profile.configPath, "CONFIG") ?? null,
    found: finding.found.replace(profile.configPath, "CONFIG"),
  }));
  return { status, stderr, found };
}

Deno.test("doctor tells of each problem of the config, with the line of the file", async () => {
  const { status, stderr, found } = await wrongWith(
    `{\n  "runner": "cluade",\n  "budget": {\n    "worker": 3\n  },\n  "interval": 0\n}\n`,
  );
  assertEquals([status, stderr], [1, ""]);
  const fix = (line: number) => `edit line ${line} of CONFIG; looop help config lists every key`;
  const keys = "decides_per_hour, workers, usd_per_day, usd_per_worker, unknown_cost";
  const runners = "auto, none, pi, claude, codex, opencode";
  assertEquals(found, [
    {
      check: "config",
      level: "fail",
      found: "`interval` must be more than 0; found 0",
      fix: fix(6),
    },
    {
      check: "config",
      level: "fail",
      found: `\`budget\`: unknown key \`worker\` (did you mean \`workers\`?); allowed are ${keys}`,
      fix: fix(4),
    },
    {
      check: "config",
      level: "fail",
      found: `\`runner\` must be one of ${runners}; found "cluade"`,
      fix: fix(2),
    },
  ]);
});

Deno.test("doctor tells where a config is no JSON, and of a config that is no file", async () => {
  const { status, found } = await wrongWith(`{\n  "runner": "auto"\n  "interval": 5\n}\n`);
  assertEquals(status, 1);
  assertEquals(found, [{
    check: "config",
    level: "fail",
    found: "CONFIG is not valid JSON: Expected ',' or '}' after property value in JSON at " +
      "position 23 (line 3 column 3)",
    fix: "edit line 3 of CONFIG; looop help config lists every key",
  }]);
  await using profile = await soundProfile();
  await Deno.mkdir(profile.configPath);
  const { stdout } = await cliOn(profile, ["doctor", "--json"]);
  assertEquals(
    wrongIn(JSON.parse(stdout).checks)[0].found,
    [
      `cannot read ${profile.configPath}: it is a directory, not a file; move it away`,
    ][0],
  );
});

Deno.test("doctor compiles the policy as the config does, and names the rule", async () => {
  const rule = (name: string, when: string) => JSON.stringify({ name, when, then: "allow" });
  const good = rule("good", 'move.action == "noop"');
  const { found } = await wrongWith(
    `{"policy": [\n${good},\n${rule("bad", 'move.nope == "x"')}\n]}`,
  );
  assertEquals(found, [{
    check: "policy",
    level: "fail",
    found: 'rule bad: when: No such key: nope: move.nope == "x"',
    fix: "edit line 3 of CONFIG; looop help config lists every key",
  }]);
  await using profile = await soundProfile();
  await Deno.writeTextFile(profile.configPath, `{"policy": [${good}]}`, { mode: 0o600 });
  const { stdout } = await cliOn(profile, ["doctor"]);
  assertEquals(stdout.split("\n").filter((line) => /(config|policy): /.test(line)), [
    `ok    config: ${profile.configPath}`,
    "ok    policy: 1 custom rule, valid",
  ]);
});

Deno.test("doctor tells of a variable over the config that cannot be used", async () => {
  const { found } = await wrongWith("{}", { LOOOP_INTERVAL: "soon" });
  assertEquals(found, [{
    check: "config",
    level: "fail",
    found: '`interval` must be a number; found "soon"',
    fix: "export LOOOP_INTERVAL=SECONDS, or unset it",
  }]);
});

Deno.test("doctor fails on goals and rules that are broken, and warns of rules that cannot be evaluated", async () => {
  await using profile = await soundProfile();
  const goal = (rule: string) =>
    `---\ngoal: G\nrules:\n  - name: r\n    when: ${rule}\n    do: {action: ask, question: "?"}\n---\n`;
  await profile.write("goals/a.md", "---\ngola: G\n---\n");
  await profile.write("goals/b.md", goal("sensors.today =="));
  await profile.write("goals/c.md", goal("sensors.tody == 1"));
  await profile.write("goals/d.md", goal('workers.fix.state == "done"'));
  await profile.write("goals/Bad Name.md", "---\ngoal: G\n---\n");
  const { goals } = profile.paths;
  const fix = (id: string) => `edit ${join(goals, `${id}.md`)}; looop help goals`;
  const found = await wrong(profile);
  assertEquals(found.map(([check, level, , fix]) => [check, level, fix]), [
    ["goals", "warn", `ls ${goals}; looop help goals`],
    ["goals", "fail", fix("a")],
    ["goals", "fail", fix("b")],
    ["goals", "warn", fix("c")],
  ]);
  assertEquals(found.map(([, , text]) => text), [
    "goals/Bad Name.md is not a goal: its name must be 1 to 64 of a-z, 0-9, _ and -",
    "goals/a.md: in the front matter: `goal` is missing (text); unknown key `gola` (did you mean `goal`?); " +
    "allowed are goal, priority, untrusted, rules, due, metric, done, stall, budget_usd",
    "goals/b.md: rule r: when: Unexpected token: EOF: sensors.today ==",
    "goals/c.md: rule r is ignored: on the readings of the last tick it cannot be evaluated: No such key: tody",
  ]);
});

Deno.test("doctor fails without a PLAYBOOK, and says how to bring it back", async () => {
  await using profile = await soundProfile();
  const { playbook, dataDir } = profile.paths;
  await Deno.remove(playbook);
  assertEquals(await wrong(profile), [[
    "playbook",
    "fail",
    `cannot read ${playbook}: it does not exist`,
    `Restore it with "git -C ${
      quoteWord(dataDir)
    } checkout HEAD -- PLAYBOOK.md", or write a new one with your priorities and rules.`,
  ]]);
});

Deno.test("doctor fails on schedules that are broken, and warns of those without a slot and of other files", async () => {
  await using profile = await soundProfile();
  await profile.write("schedules/a.yaml", "every: 1w\n");
  await profile.write("schedules/b.yaml", "at: 2020-01-02T03:04\ntz: UTC\n");
  await profile.write("schedules/c.yml", "every: 1d\n");
  await profile.write("schedules/d.yaml", "every: 1d\n");
  const { stdout } = await cliOn(profile, ["doctor", "--json"]);
  const dir = profile.paths.schedules;
  assertEquals(wrongIn(JSON.parse(stdout).checks), [
    {
      check: "schedules",
      level: "warn",
      found: "schedules/c.yml is not a schedule, though it begins like one: rename it to c.yaml",
      fix: `ls ${quoteWord(dir)}`,
    },
    {
      check: "schedules",
      level: "fail",
      found: "schedules/a.yaml: `every` must be a number of minutes, hours or days, such as 90m, " +
        "6h or 2d",
      fix: `edit ${dir}/a.yaml; looop help schedules`,
    },
    {
      check: "schedules",
      level: "warn",
      found: "schedules/b.yaml has no slot any more",
      fix: "looop schedule rm b",
    },
  ]);
});
