import { assertEquals, assertMatch } from "@std/assert";
import { checkGoal } from "../../src/decide/rules.ts";
import { readFlag } from "../../src/inbox/flags.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { openProfile } from "../../src/profile/profile.ts";
import type { Config } from "../../src/schema/config.ts";
import { socketOf } from "../../src/workers/tmux.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { output, start, stateOf, untilEnded, workerProfile } from "../support/worker_profile.ts";

/** One tick with the config that is written there. */
async function tickOn({ paths, configPath, environment }: TempProfile) {
  return await tickOnce(await openProfile({ dataDir: paths.dataDir, configPath, environment }));
}

/** A new profile without an LLM runner, whose first tick has started the wizard, which waits. */
async function firstRun(config: Partial<Config> = {}): Promise<TempProfile> {
  const profile = await workerProfile({ files: { "PLAYBOOK.md": null } });
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ runner: "none", ...config }));
  const first = await tickOn(profile);
  assertEquals(first.outcome === "moved" && [first.decision.source, first.result.status], [
    "setup/wizard",
    "made",
  ]);
  await eventually("the wizard calls", async () => await readFlag(profile, "setup") !== null);
  return profile;
}

Deno.test("the first run without a runner starts looop init as worker setup, in no sandbox, and it calls the person", async () => {
  await using profile = await firstRun({ sandbox: "bwrap" });
  const { runner, sandbox } = JSON.parse(await profile.read("workers/setup/worker.json"));
  assertEquals([runner, sandbox], ["init", "none"]);
  assertEquals((await cliOn(profile, ["asks"])).stdout.split("\n"), [
    "⚑ setup waits for you",
    "  │ looop init asks in a terminal of its own what to watch, and what you aim for",
    "  looop attach setup",
    "  looop unflag setup",
    "",
  ]);
});

Deno.test("looop tick --wait does not wait for somebody to come to looop init", async () => {
  await using profile = await workerProfile({ files: { "PLAYBOOK.md": null } });
  await Deno.writeTextFile(profile.configPath, '{"runner": "none"}');
  const { status, stdout } = await cliOn(profile, ["tick", "--wait", "--json"]);
  const { decision, workers } = JSON.parse(stdout);
  assertEquals([status, decision.source, workers], [0, "setup/wizard", []]);
});

Deno.test("looop init in the person's own terminal ends the worker setup, which costs nothing", async () => {
  await using profile = await firstRun();
  const { status, stderr } = await cliOn(profile, ["init", "--yes", "--goal=g"]);
  assertEquals([status, stderr], [0, ""]);
  assertEquals(await stateOf(profile, "setup"), ["done", 0]);
  const next = await tickOn(profile);
  assertEquals(next.outcome === "moved" && next.decision.source, "g/daily");
  const ledger = (await profile.read("cost.jsonl")).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(ledger.map(({ kind, runner, cost_usd }) => [kind, runner, cost_usd]), [
    ["worker", "init", 0],
  ]);
});

Deno.test("Ctrl-C in the worker setup writes nothing, and the loop asks for looop init", async () => {
  await using profile = await firstRun();
  const socket = await socketOf(profile);
  await output("tmux", ["-S", socket, "send-keys", "-t", "=looop-setup:", "C-c"]);
  await untilEnded(profile, "setup");
  assertEquals(await stateOf(profile, "setup"), ["failed", 130]);
  const next = await tickOn(profile);
  assertMatch(
    next.outcome === "moved" && next.decision.move.action === "ask"
      ? next.decision.move.question
      : "",
    /^The setup ended before it was complete, and wrote nothing\. Run looop init in a terminal to start again,/,
  );
});

Deno.test("no other worker can run looop init, whatever it says it is", async () => {
  await using profile = await workerProfile();
  const args = "init --yes --goal g";
  await start(
    profile,
    "fix",
    [
      `"$LOOOP_BIN" ${args}`,
      `LOOOP_SESSION_ID=setup "$LOOOP_BIN" ${args}`,
      `"$LOOOP_BIN" start-session mine x --runner init`,
      `env -u LOOOP_SESSION_ID -u LOOOP_GENERATION "$LOOOP_BIN" ${args}`,
    ].join("; "),
  );
  await untilEnded(profile, "fix");
  const said = await profile.read("workers/fix/transcript");
  assertEquals(said.match(/cannot [\w ]+ from inside worker \w+/g), [
    "cannot set looop up from inside worker fix",
    "cannot set looop up from inside worker setup",
    "cannot start init from inside worker fix",
    "cannot set looop up from inside worker fix",
  ]);
  assertEquals(await Deno.stat(`${profile.paths.goals}/g.md`).catch(() => null), null);
});

Deno.test("the seeded goal setup starts a worker where it can, and asks for looop init where there is no tmux", async () => {
  for (
    const [more, rules] of [[["tmux", "script", "ps"], ["wizard", "unfinished"]], [[], [
      "no-runner",
    ]]]
  ) {
    await using profile = await tempProfile({ files: { "PLAYBOOK.md": null } });
    const bin = `${profile.root}/bin`;
    await Deno.mkdir(bin);
    for (const name of more) await Deno.symlink("/bin/true", `${bin}/${name}`);
    const env = (name: string) => name === "PATH" ? bin : profile.env(name);
    await ensureProfile({ ...profile, env });
    const text = await profile.read("goals/setup.md");
    const goal = parseGoal("setup", text, "d");
    assertEquals([await checkGoal(goal), goal.rules.map(({ name }) => name)], [null, rules]);
    assertMatch(text, /looop init/);
    assertMatch(text, /\n# Setup\n/);
  }
});

Deno.test("looop init closes what the starter goal has asked where there is no tmux", async () => {
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": null } });
  await ensureProfile({
    ...profile,
    env: (name) => name === "PATH" ? "/nowhere" : profile.env(name),
  });
  await Deno.writeTextFile(profile.configPath, '{"runner": "none"}');
  const first = await tickOn(profile);
  assertEquals(first.outcome === "moved" && first.decision.source, "setup/no-runner");
  assertMatch(
    (await cliOn(profile, ["asks"])).stdout,
    /No LLM runner is installed .* looop init, in a terminal,/,
  );
  assertEquals((await cliOn(profile, ["init", "--yes", "--goal=g"])).status, 0);
  assertEquals((await cliOn(profile, ["asks"])).stdout, "nothing needs you\n");
  const next = await tickOn(profile);
  assertEquals(next.outcome === "moved" && next.decision.source, "g/daily");
  const [closed] = await Array.fromAsync(Deno.readDir(profile.paths.asksClosed));
  assertEquals(JSON.parse(await profile.read(`asks/closed/${closed.name}`)).closed_by, "set_up");
});
