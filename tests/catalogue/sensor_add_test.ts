import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CATALOGUE } from "../../src/catalogue/catalogue.ts";
import { composeSensor } from "../../src/catalogue/render.ts";
import { parseArguments } from "../../src/cli/args.ts";
import { sensorAdd } from "../../src/cli/commands/sensor.ts";
import { addSensor } from "../../src/documents/sensors.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { lock } from "../../src/os/lock.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git, subjects } from "../support/git.ts";
import { memoryTerminal } from "../support/memory_terminal.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** Runs `looop sensor add` with these arguments; what it printed. */
async function add(profile: Profile, ...args: string[]) {
  const terminal = memoryTerminal();
  const status = await sensorAdd.run({
    ...parseArguments(sensorAdd, args),
    terminal,
    say: terminal.out,
    signal: new AbortController().signal,
    open: () => Promise.resolve(profile),
    print: () => Promise.resolve(),
    input: (word) => Promise.resolve(word),
  });
  return { status: status ?? 0, stdout: terminal.stdout, stderr: terminal.stderr };
}

Deno.test("sensor add writes an executable, journals it, and commits it apart from other edits", async () => {
  await using profile = await tempProfile();
  await tickOnce(profile, { decider: scripted().decide });
  await profile.write("goals/mine.md", "---\ngoal: mine\n---\n");
  const args = ["http", "--as", "site", "--set", "urls=https://x.test", "--set=slow_ms=500"];
  assertEquals(await add(profile, ...args), {
    status: 0,
    stdout: "added sensors/site.ts; test it with looop sensor test site\n",
    stderr: "",
  });
  const { text } = composeSensor({ name: "http", set: ["urls=https://x.test", "slow_ms=500"] });
  assertEquals(await profile.read("sensors/site.ts"), text);
  const { mode } = await Deno.stat(`${profile.paths.sensors}/site.ts`);
  assertEquals((mode ?? 0) & 0o777, 0o700);
  const { dataDir } = profile.paths;
  assertEquals((await subjects(dataDir)).slice(0, 2), [
    "added sensors/site.ts from the catalogue",
    "Edits since the last move",
  ]);
  assertEquals(
    await git(dataDir, "show", "--format=", "--name-only", "HEAD"),
    "journal.md\nsensors/site.ts",
  );
  // No run made it: it is the person's.
  assertEquals(
    await git(dataDir, "log", "-1", "--format=%B"),
    "added sensors/site.ts from the catalogue",
  );
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
  const journal = await profile.read("journal.md");
  assert(/^- .{16} added sensors\/site\.ts from the catalogue$/m.test(journal), journal);
  const events = (await profile.read("events.jsonl")).trim().split("\n");
  const { ts: _, ...event } = JSON.parse(events.at(-1)!);
  assertEquals(event, {
    event: "edit",
    path: "sensors/site.ts",
    what: "added sensors/site.ts from the catalogue",
  });
});

Deno.test("sensor add leaves what is there, unless it is forced, and never takes a name twice", async () => {
  await using profile = await tempProfile({ files: { "sensors/http.ts": "// mine\n" } });
  const args = ["http", "--set", "urls=https://x.test"];
  const refused = await assertRejects(() => add(profile, ...args), UserError);
  assertEquals(
    refused.message,
    "cannot add sensors/http.ts: it exists; name this one with --as, or replace it with --force",
  );
  assertEquals(await profile.read("sensors/http.ts"), "// mine\n");
  const forced = await add(profile, ...args, "--force");
  assertEquals(forced.stdout, "replaced sensors/http.ts; test it with looop sensor test http\n");
  const before = await subjects(profile.paths.dataDir);
  assertEquals(before.slice(0, 2), [
    "replaced sensors/http.ts from the catalogue",
    // The one that was replaced can be had again.
    "First commit",
  ]);
  assertEquals(
    await git(profile.paths.dataDir, "show", "HEAD~1:sensors/http.ts"),
    "// mine",
  );
  const again = await add(profile, ...args);
  assertEquals(again.stdout, "sensors/http.ts already has these settings\n");
  assertEquals(await subjects(profile.paths.dataDir), before);
  const twin = await assertRejects(
    () => add(profile, "command", "--as", "http", "--set", "command=true", "--force"),
    UserError,
  );
  assertEquals(
    twin.message,
    "cannot write sensors/http.sh: sensors/http.ts has the same name; remove it, or use another name",
  );
  await Deno.mkdir(`${profile.paths.sensors}/git.sh`);
  const dir = await assertRejects(
    () => add(profile, "git", "--set", "repositories=/", "--force"),
    UserError,
  );
  assertEquals(dir.message, "cannot write sensors/git.sh: there is a directory; move it away");
});

Deno.test("sensor add waits for a move that is being made", async () => {
  await using profile = await tempProfile();
  const sensor = composeSensor({ name: "linear", set: [] });
  const held = await lock(profile.paths.moveLock);
  const adding = addSensor(profile, sensor);
  const stop = new AbortController();
  const stopped = addSensor(profile, sensor, { signal: stop.signal });
  stop.abort(new Error("stopped"));
  await assertRejects(() => stopped, Error, "stopped");
  await assertRejects(() => Deno.stat(`${profile.paths.sensors}/linear.ts`), Deno.errors.NotFound);
  held.release();
  assertEquals(await adding, "added");
});

Deno.test("sensor add is the person's alone, and tells which variable is not set", async () => {
  await using profile = await tempProfile();
  const environment: Record<string, string> = {
    ...profile.environment as Record<string, string>,
    LOOOP_SESSION_ID: "fix-ci",
  };
  const inside = { ...profile, environment, env: (name: string) => environment[name] };
  const refused = await assertRejects(() => add(inside, "linear"), UserError);
  assertEquals(
    refused.message,
    "cannot add a sensor from inside worker fix-ci: only the user may do this, in a terminal outside the worker",
  );
  assertEquals(await add(profile, "linear"), {
    status: 0,
    stdout: "added sensors/linear.ts; test it with looop sensor test linear\n",
    stderr: "looop: warning: LINEAR_API_KEY is not set; set it in the environment of looop\n",
  });
});

Deno.test("sensor add prints the file, or without a name the catalogue, and writes nothing", async () => {
  await using profile = await tempProfile();
  const never = { ...profile, paths: { ...profile.paths, sensors: "/nowhere" } };
  const printed = await add(never, "linear", "--print");
  assertEquals(printed.stdout, CATALOGUE.find(({ name }) => name === "linear")?.text);
  const { stdout } = await add(never);
  for (const { name, about, settings } of CATALOGUE) {
    assertStringIncludes(stdout, `${name.padEnd(10)}${about}\n`);
    for (const [key, { about }] of Object.entries(settings)) {
      assert(new RegExp(`^    ${key} +(needed: )?`, "m").test(stdout), key);
      assertStringIncludes(stdout, about);
    }
  }
  assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
});

Deno.test("a catalogue sensor wakes the loop for its signal, and once for its failing", async () => {
  await using profile = await tempProfile({ files: { said: "0" } });
  await add(
    profile,
    "command",
    "--set",
    "command=cat said; date +%N; exit $(cat said)",
    "--set",
    "limit_s=5",
  );
  const decider = scripted(noop(), noop(), noop());
  const outcome = async () => {
    await Deno.remove(`${profile.paths.snapshots}/command.json`).catch(() => undefined);
    return (await tickOnce(profile, { decider: decider.decide })).outcome;
  };
  assertEquals([await outcome(), await outcome()], ["moved", "idle"]);
  await profile.write("said", "1");
  assertEquals([await outcome(), await outcome()], ["moved", "idle"]);
  await profile.write(
    "sensors/command.sh",
    (await profile.read("sensors/command.sh")).replace("COMMAND='", "COMMAND='sleep 9; ").replace(
      "LIMIT_S=5",
      "LIMIT_S=1",
    ),
  );
  assertEquals([await outcome(), await outcome()], ["moved", "idle"]);
  assertEquals(decider.prompts.length, 3);
});
