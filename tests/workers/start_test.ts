import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Profile } from "../../src/profile/profile.ts";
import { UserError } from "../../src/schema/errors.ts";
import { claim, listClaims } from "../../src/workers/claims.ts";
import { listEnded, listWorkers } from "../../src/workers/list.ts";
import { finalizeWorkers } from "../../src/workers/reconcile.ts";
import { archiveWorker } from "../../src/workers/replace.ts";
import { startSession } from "../../src/workers/start.ts";
import { stopSession } from "../../src/workers/stop.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import {
  start,
  stateOf,
  untilEnded,
  untilPrinted,
  workerProfile,
} from "../support/worker_profile.ts";

Deno.test("startSession runs a command in a terminal of its own, which ends done", async () => {
  await using profile = await workerProfile({
    env: { QUOTED: `it's "$(x)"\nnext`, TMUX: "/nowhere,1,0", LONG: "x".repeat(100_000) },
  });
  const worker = await start(profile, "a", `tty; stty size; pwd; env -0 >env; echo "$SHELL"`);
  assertEquals([worker.state, worker.alive, worker.exit_code], ["running", true, null]);
  await untilEnded(profile, "a");
  assertEquals(await stateOf(profile, "a"), ["done", 0]);
  const printed = await profile.read("workers/a/transcript");
  assertStringIncludes(printed, `50 200\r\n${profile.paths.dataDir}\r\n/bin/sh\r\n`);
  const env = new Map(
    (await profile.read("env")).split("\0").map((entry) => {
      const [name, value] = entry.split(/=(.*)/s);
      return [name, value];
    }),
  );
  assertEquals(env.get("QUOTED"), `it's "$(x)"\nnext`);
  assertEquals(env.get("LONG")?.length, 100_000);
  assertEquals([env.get("TMUX"), env.get("TMUX_PANE")], [undefined, undefined]);
  assertEquals(env.get("LOOOP_SESSION_ID"), "a");
  assertEquals(env.get("LOOOP_GENERATION"), worker.generation);
  assertEquals(env.get("LOOOP_BIN"), profile.paths.shim);
  assertEquals(env.get("LOOOP_DATA_DIR"), profile.paths.dataDir);
  assertEquals(env.get("LOOOP_CONFIG"), profile.configPath);
  assertEquals(env.get("LOOOP_CLAIMS_DIR"), profile.paths.claims);
  assertEquals(env.get("LOOOP_REPORTS_DIR"), profile.paths.reports);
  assertEquals([...env.keys()].filter((name) => name.startsWith("looop_")), []);
});

Deno.test("startSession leaves a failed start visible, with its status and what it said", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "exit 3");
  await start(profile, "b", "no-such-program-here --now");
  await start(profile, "c", "kill -KILL $$");
  for (const id of ["a", "b", "c"]) await untilEnded(profile, id);
  assertEquals(await stateOf(profile, "a"), ["failed", 3]);
  assertEquals(await stateOf(profile, "b"), ["failed", 127]);
  assertEquals(await stateOf(profile, "c"), ["failed", 137]);
  assertStringIncludes(
    await profile.read("workers/b/transcript"),
    "no-such-program-here: command not found",
  );
});

Deno.test("startSession puts the contract before the prompt, and agents can be interrupted", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", `bash -c 'kill -s INT $$; echo survived'; echo "ended $?"`);
  await untilEnded(profile, "a");
  assertEquals(await stateOf(profile, "a"), ["done", 0]);
  assertStringIncludes(await profile.read("workers/a/transcript"), "ended 130");
  const prompt = await profile.read("workers/a/prompt.md");
  assertStringIncludes(prompt, `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "`);
  assert(prompt.endsWith("\n# Your task\n\ndo it\n"), prompt);
});

Deno.test("startSession refuses a bad id, one that is alive, and more than may be", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "sleep 60");
  const refused = async (id: string, maxAlive = 8) =>
    (await assertRejects(() => start(profile, id, "true", { maxAlive }), UserError)).message;
  assertEquals(
    await refused("a"),
    "worker a is running already: looop attach a, looop kill a, or use another id",
  );
  assertEquals(
    await refused("b", 1),
    "cannot start worker b: at most 1 workers may be alive (budget.workers), and 1 are",
  );
  assertStringIncludes(await refused("a.b"), `cannot start worker "a.b": not a worker id`);
  assertStringIncludes(await refused("ended"), "use another id");
  assertEquals((await listWorkers(profile)).map(({ id }) => id), ["a"]);
});

Deno.test("startSession archives the ended worker of the same id, of which nothing leaks", async () => {
  await using profile = await workerProfile();
  const first = await start(profile, "a", "echo first; exit 1", { verify: "false" });
  await untilEnded(profile, "a");
  await finalizeWorkers(profile);
  await profile.write("workers/a/flag.json", JSON.stringify({ note: "old", at: "2026-01-01" }));
  await claim(profile, "build", "a");
  await start(profile, "a", "echo second; sleep 60");
  assertEquals((await listClaims(profile)).claims, []);
  assertStringIncludes(await profile.read("cost.jsonl"), `"id":"a@${first.generation}"`);
  await untilPrinted(profile, "a", /second/);
  const [now] = await listWorkers(profile);
  assertEquals([now.state, now.flag, now.verify, now.verification], ["running", null, null, null]);
  assert(!(await profile.read("workers/a/transcript")).includes("first"));
  const [old] = await listEnded(profile);
  assertEquals([old.id, old.generation, old.state], ["a", first.generation, "failed"]);
  assertEquals(old.verification?.passed, false);
});

Deno.test("archiveWorker moves an ended worker away, and refuses one that lives", async () => {
  await using profile = await workerProfile();
  const { generation } = await start(profile, "a", "true");
  const alive = await start(profile, "b", "sleep 60");
  await untilEnded(profile, "a");
  await archiveWorker(profile, "a", "another-generation");
  assertEquals((await listWorkers(profile)).map(({ id }) => id), ["a", "b"]);
  await archiveWorker(profile, "a", generation);
  await archiveWorker(profile, "a", generation);
  assertEquals((await listWorkers(profile)).map(({ id }) => id), ["b"]);
  assertEquals((await listEnded(profile)).map(({ id }) => id), ["a"]);
  await assertRejects(() => archiveWorker(profile, "b", alive.generation), UserError, "is running");
});

Deno.test("startSession says how to get tmux where it is missing", async () => {
  await using profile = await workerProfile();
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  for (const name of ["bash", "script", "ps"]) {
    const { stdout } = await new Deno.Command("bash", { args: ["-c", `type -P ${name}`] }).output();
    await Deno.symlink(new TextDecoder().decode(stdout).trim(), join(bin, name));
  }
  const bare = { ...profile, env: (name: string) => name === "PATH" ? bin : profile.env(name) };
  await assertRejects(
    () => start(bare, "a", "true"),
    UserError,
    "cannot open a session: tmux is not installed; apt install tmux, dnf install tmux, or brew install tmux",
  );
});

Deno.test("startSession begins though a tmux of a looop that was killed closes its session first", async () => {
  await using profile = await workerProfile();
  const once = join(profile.root, "once");
  const closing = await withTmux(
    profile,
    `tmux "$@"
status=$?
[[ " $* " != *" new-session "* ]] || ! rmdir "${once}" 2>/dev/null || tmux -S "$2" kill-session -t =looop-a
exit $status
`,
  );
  for (const others of [[], ["other"]]) {
    for (const id of others) await start(profile, id, "exec sleep 600");
    await Deno.mkdir(once);
    await start(closing, "a", "echo here; exec sleep 600");
    assertEquals(await Deno.stat(once).catch(() => null), null);
    await untilPrinted(profile, "a", /here/);
    assertEquals(await stateOf(profile, "a"), ["running", null]);
    await stopSession(profile, "a");
  }
});

Deno.test("startSession loses no environment to a session that comes late to take it", async () => {
  await using profile = await workerProfile();
  const late = await withTmux(
    profile,
    `words=()
for word; do
  if [ "$word" = bash ]; then words+=(sh -c 'sleep 1; exec "$@"' sh); fi
  words+=("$word")
done
exec tmux "\${words[@]}"
`,
  );
  await start(late, "a", 'echo "I am $LOOOP_SESSION_ID"; exec sleep 600');
  await untilPrinted(profile, "a", /I am a/);
});

Deno.test("startSession passes a model to a preset, and refuses one for a custom command, or what is an option", async () => {
  await using profile = await workerProfile({ history: false });
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(join(bin, "pi"), `#!/bin/sh\necho "args: $*"\nsleep 600\n`, {
    mode: 0o700,
  });
  const PATH = `${bin}:${profile.environment.PATH}`;
  const here = {
    ...profile,
    // With a key, pi is set up.
    environment: { ...profile.environment, PATH, OPENAI_API_KEY: "sk-pi" },
    env: (name: string) => name === "PATH" ? PATH : profile.env(name),
    config: { ...profile.config, runners: { pi: { model: "small" }, own: { worker: "sleep 9" } } },
  };
  const begin = (id: string, runner: string, model?: string) =>
    startSession(here, { id, prompt: "do it", runner, model });
  assertEquals((await begin("big", "pi", "vendor/large:free")).model, "vendor/large:free");
  await untilPrinted(profile, "big", /args: .*--model vendor\/large:free /);
  await begin("usual", "pi");
  await untilPrinted(profile, "usual", /args: .*--model small /);
  const message = "cannot start worker w with the model large: the command of its runner own names";
  await assertRejects(() => begin("w", "own", "large"), UserError, message);
  const option = 'cannot start worker w: "--yes" is not a model name';
  await assertRejects(() => begin("w", "pi", "--yes"), UserError, option);
});

/** The profile with a bash script in the place of tmux, which itself calls the real one. */
async function withTmux(profile: TempProfile, script: string): Promise<Profile> {
  const bin = join(profile.root, "bin");
  await Deno.mkdir(bin);
  const path = profile.environment.PATH;
  await Deno.writeTextFile(join(bin, "tmux"), `#!/bin/bash\nPATH='${path}'\n${script}`, {
    mode: 0o700,
  });
  return { ...profile, environment: { ...profile.environment, PATH: `${bin}:${path}` } };
}
