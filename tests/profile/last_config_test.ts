import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../src/cli/main.ts";
import { pulse } from "../../src/loop/pulse.ts";
import { envOf } from "../../src/os/env.ts";
import { readConfig } from "../../src/profile/config.ts";
import { configProblems } from "../../src/profile/config_problems.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { openProfile } from "../../src/profile/profile.ts";
import { messageOf } from "../../src/schema/errors.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { memoryTerminal } from "../support/memory_terminal.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const write = (profile: TempProfile, text: string) => Deno.writeTextFile(profile.configPath, text);

const BROKEN = `{\n  "runner": "none",\n  "interval": 77,\n  "sandbox" "none"\n}\n`;

const ask = (id: string) =>
  JSON.stringify({
    ...{ id, kind: "question", question: `Tea ${id}?`, asked_at: "2026-11-23T09:00:00.000Z" },
    run_id: "r",
  });

Deno.test("commands that observe and steer go on with the last valid config, and name file, line and fix", async () => {
  await using profile = await tempProfile({
    history: false,
    files: { "asks/a1b2c3.json": ask("a1b2c3"), "asks/d4e5f6.json": ask("d4e5f6") },
  });
  const { configPath } = profile;
  await write(profile, '{"runner": "none", "interval": 77, "redact": ["MINE"]}');
  profile.environment.MINE = "hush-hush-hush";
  assertEquals((await cliOn(profile, ["tick"])).status, 0);
  await write(profile, BROKEN);
  const problem = `cannot use config ${configPath}, line 4: the config is not valid JSON: `;
  const fix = `fix: edit line 4 of ${configPath}; looop help config lists every key; ` +
    "until then the last valid config applies";

  const { attention, pulse } = JSON.parse((await cliOn(profile, ["status", "--json"])).stdout);
  assertStringIncludes(attention[0], problem);
  assertStringIncludes(attention[0], fix);
  assertEquals(pulse.interval_s, 77);
  const status = await cliOn(profile, ["status"]);
  assertEquals([status.status, status.stderr], [0, ""]);
  assertStringIncludes(status.stdout, `⚑ ${problem}`);
  const check = await cliOn(profile, ["status", "--check"]);
  assertEquals([check.status, check.stdout], [1, ""]);
  assertStringIncludes(check.stderr, problem);

  for (
    const args of [
      ["asks"],
      ["asks", "--json"],
      ["answer", "a1b2c3", "yes"],
      ["cost"],
      ["ls"],
      [
        "journal",
      ],
      ["goal", "ls"],
      ["pause"],
      ["resume"],
      ["snooze", "d4e5f6", "1h"],
    ]
  ) {
    const { status, stdout, stderr } = await cliOn(profile, args);
    assertEquals(status, 0, args.join(" ") + stderr);
    assertStringIncludes(stderr, `looop: warning: ${problem}`, args.join(" "));
    assertStringIncludes(stderr, fix, args.join(" "));
    assert(stdout !== "" && !stdout.includes("cannot use"), args.join(" "));
  }
  assertStringIncludes(await profile.read("asks/a1b2c3.json"), '"text": "yes"');

  const { stdout } = await cliOn(profile, ["doctor", "--json"]);
  const { checks } = JSON.parse(stdout);
  const config = checks.find(({ check }: { check: string }) => check === "config");
  assertStringIncludes(config.found, "is not valid JSON");
  assertStringIncludes(config.fix, `edit line 4 of ${configPath}`);
  assertEquals(checks.filter(({ found }: { found: string }) => /not checked/.test(found)), []);

  // Nothing begins work by a config that the user has replaced.
  for (
    const args of [[], ["tick"], ["tick", "--dry-run"], ["run", "x"], ["init", "--yes"], ["up"]]
  ) {
    const { status, stderr } = await cliOn(profile, args);
    assertEquals(status, 2, args.join(" "));
    assertStringIncludes(stderr, `config ${configPath} is not valid JSON: `);
  }
  // The secrets that it names are still hidden.
  await profile.write("asks/a7b8c9.json", ask("a7b8c9").replace("Tea", "hush-hush-hush"));
  assertStringIncludes((await cliOn(profile, ["asks"])).stdout, "[masked MINE] a7b8c9?");
  await write(profile, "{}");
  assertEquals((await cliOn(profile, ["asks"])).stderr, "");
});

Deno.test("the last valid config is that of the same file, also none, and without one the defaults apply", async () => {
  await using profile = await tempProfile({ history: false });
  const problem = async (
    environment: Record<string, string> = {},
    configPath = profile.configPath,
  ) => {
    const { paths: { dataDir } } = profile;
    const where = { dataDir, configPath, environment: { ...profile.environment, ...environment } };
    const opened = await openProfile({ ...where, badConfig: "last" });
    const { config, configProblem } = opened;
    // Opening alone writes nothing; this is how a tick begins.
    await ensureProfile(opened);
    return [config.interval, configProblem?.replace(/^.*; until then /, "")];
  };
  await write(profile, "nope");
  assertEquals(await problem(), [60, "the defaults apply"]);
  await Deno.remove(profile.configPath);
  assertEquals(await problem(), [60, undefined]);
  await write(profile, "[]");
  assertEquals(await problem(), [60, "the last valid config applies"]);
  await write(profile, '{"interval": 5}');
  assertEquals(await problem(), [5, undefined]);
  assertEquals(await problem({ LOOOP_INTERVAL: "often" }), [5, "the last valid config applies"]);
  await write(profile, "{");
  assertEquals(await problem({ LOOOP_INTERVAL: "7" }), [7, "the last valid config applies"]);
  const other = `${profile.root}/other.json`;
  await Deno.writeTextFile(other, "{");
  assertEquals(await problem({}, other), [60, "the defaults apply"]);
  await profile.write(".looop/config_good.json", "{");
  assertEquals(await problem(), [60, "the defaults apply"]);
});

Deno.test("configProblems finds the line of each problem", async () => {
  await using profile = await tempProfile({ history: false });
  const lines = async (text: string) => {
    await write(profile, text);
    const error = await readConfig(profile.configPath, envOf({})).catch((error) => error);
    const problems = await configProblems(profile.configPath, messageOf(error));
    return problems.map(({ line }) => line);
  };
  const cases: [string, number[]][] = [
    ["", [1]],
    ["nope", [1]],
    ['{\n"interval": 5,\n', [3]],
    ['{\n"interval": 5,\n}', [3]],
    ['{\n"interval": 5\n"runner": "none"}', [3]],
    ["{\n\n'interval': 5}", [3]],
    ['{\n"sandbox": nul\n}', [2]],
    ['{"interval": 5} \n\n}', [3]],
    ['{\n"budget": {\n"workers": "x"},\n"workers": 3}', [3, 4]],
    [
      '{\n"policy": [\n{"name": "a", "when": "true", "then": "deny"},\n{"name": "b",\n"then": "no", "when": "true"}]}',
      [5],
    ],
    [
      '{"policy": [\n{"name": "a", "when": "true", "then": "deny"},\n{"name": "b", "when": "no.such", "then": "deny"}]}',
      [3],
    ],
    ['{"redact": ["A",\n"B C"]}', [2]],
  ];
  for (const [text, found] of cases) {
    assertEquals((await lines(text)).sort(), found, text);
  }
});

Deno.test("a pulse goes on with the last valid config, says so once, and takes the new one at once", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock, history: false });
  await write(profile, '{"interval": 77}');
  const problems: (string | null)[] = [];
  const outcomes: string[] = [];
  const stop = new AbortController();
  const running = pulse(profile, {
    ...{ signal: stop.signal, decider: scripted(noop(), noop()).decide },
    onTick: ({ outcome }) => void outcomes.push(outcome),
    onError: (error) => void outcomes.push(messageOf(error)),
    onConfigProblem: (problem) => void problems.push(problem),
  });
  try {
    await clock.begun(1);
    await write(profile, BROKEN);
    await clock.begun(2);
    clock.pass();
    await clock.begun(3);
    // What the user writes meanwhile is decided.
    await profile.write("PLAYBOOK.md", "# Tea first\n");
    await clock.begun(4);
    assertEquals(outcomes, ["moved", "idle", "idle", "moved"]);
    assertEquals(clock.waits, [77_000, 77_000, 77_000, 77_000]);
    assertEquals(problems.length, 1);
    assertMatch(problems[0] ?? "", /line 4: .*; until then the last valid config applies$/);
    assertEquals(
      (await cliOn(profile, ["status", "--json"])).stdout.includes('"interval_s": 77'),
      true,
    );
    await write(profile, '{"interval": 66}');
    await clock.begun(5);
    assertEquals([clock.waits.at(-1), problems.length, problems[1]], [66_000, 2, null]);
  } finally {
    stop.abort();
    await running;
  }
});

Deno.test("status shows the interval of the pulse, and tick --dry-run works beside it", async () => {
  await using profile = await tempProfile({ history: false });
  const moves = ["run", "noop"];
  const answers = (name = "noop") =>
    JSON.stringify(
      name === "run"
        ? { action: "run", command: "while [ ! -e go ]; do sleep 0.05; done", journal: "waits" }
        : noop({ journal: "as planned" }),
    );
  await profile.write("answer", answers(moves[0]));
  const allow = [{ name: "all", when: "true", then: "allow" }];
  const runner = { tick: "cat >/dev/null; cat answer" };
  await write(profile, JSON.stringify({ runner: "own", runners: { own: runner }, policy: allow }));
  const stop = new AbortController();
  const { paths: { dataDir }, configPath, environment } = profile;
  const running = runCli([], memoryTerminal(), stop.signal, {
    ...{ dataDir, configPath, environment: { ...environment, LOOOP_INTERVAL: "44" } },
  });
  const status = async () => JSON.parse((await cliOn(profile, ["status", "--json"])).stdout);
  try {
    await eventually("a command runs", async () => (await status()).tick?.doing === "acting");
    assertEquals((await status()).pulse.interval_s, 44);
    await profile.write("answer", answers());
    // It does not wait for the command, either.
    const dry = await cliOn(profile, ["tick", "--dry-run"]);
    assertEquals(dry.status, 0, dry.stderr);
    assertStringIncludes(dry.stdout, "as planned");
    assertEquals((await status()).tick?.doing, "acting");
    await profile.write("go", "");
    await eventually("its tick ends", async () => (await status()).last_tick !== null);
    const before = (await status()).last_tick;
    await profile.write("PLAYBOOK.md", "# Coffee\n");
    const again = await cliOn(profile, ["tick", "--dry-run"]);
    assertEquals(again.status, 0, again.stderr);
    assert((await status()).last_tick.outcome !== "planned", before);
  } finally {
    await profile.write("go", "");
    stop.abort("SIGINT");
    await running;
  }
  assertEquals((await status()).pulse, { running: false, pid: null, interval_s: 60 });
});
