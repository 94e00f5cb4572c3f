import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { looopOn } from "../support/looop_on.ts";
import { countingRunner, type Machine, machine, type Remote, remote } from "../support/machine.ts";
import { tempProfile } from "../support/temp_profile.ts";

const FILES = {
  "PLAYBOOK.md": "# Playbook\n",
  "goals/green.md": "---\ngoal: Keep it green\n---\n",
  "sensors/build.sh": `#!/bin/sh\necho '{"signal": "red"}'\n`,
};

/** A loop in jobs: how often its runner was asked, and a tick on a machine of its own, pushed. */
async function jobs(memory: Remote, moves: object[], files: Record<string, string> = FILES) {
  const root = await Deno.makeTempDir({ prefix: "looop-jobs-" });
  const notify = `echo $LOOOP_ASK_ID >>"${root}/notified"`;
  const lines = async (name: string) =>
    (await Deno.readTextFile(join(root, name)).catch(() => "")).split("\n").length - 1;
  return {
    asked: () => lines("calls"),
    notified: () => lines("notified"),
    on: async () => {
      const move = moves[Math.min(await lines("calls"), moves.length - 1)];
      const tick = await countingRunner(root, move);
      const runners = { mine: { tick, worker: "true" } };
      return await machine(memory, { runner: "mine", runners, notify }, files);
    },
    async tick(before: (on: Machine) => Promise<void> = async () => {}): Promise<string> {
      await using on = await this.on();
      await before(on);
      const { stdout, stderr, status } = await on.looop("tick", "--wait", "--json");
      if (status !== 0) throw new Error(stderr);
      await on.push();
      return JSON.parse(stdout).outcome;
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

const ASK = { action: "ask", question: "Shall I mend it?", journal: "asked", more: false };
const NOOP = { action: "noop", reason: "all is well", journal: "looked" };

Deno.test("an unchanged world costs no call although each tick is on a fresh clone, and nobody is told twice", async () => {
  await using memory = await remote();
  await using loop = await jobs(memory, [ASK, NOOP]);
  assertEquals([await loop.tick(), await loop.tick(), await loop.tick()], [
    "moved",
    "idle",
    "idle",
  ]);
  assertEquals([await loop.asked(), await loop.notified()], [1, 1]);
  const commits = await git(memory.path, "log", "--format=%s", "main");
  assertEquals(await loop.tick(), "idle");
  assertEquals(await git(memory.path, "log", "--format=%s", "main"), commits);
});

Deno.test("an answer given in a clone and pushed is what the next job decides on", async () => {
  await using memory = await remote();
  await using loop = await jobs(memory, [ASK, NOOP]);
  await loop.tick();
  {
    await using desk = await loop.on();
    const [{ id }] = JSON.parse((await desk.looop("asks", "--json")).stdout);
    assertEquals((await desk.looop("answer", id, "yes, do")).status, 0);
    await git(desk.paths.dataDir, "commit", "-qam", "Answered");
    await desk.push();
  }
  assertEquals([await loop.tick(), await loop.asked()], ["moved", 2]);
  assertStringIncludes(await memory.read("journal.md"), "looked");
  assertEquals(await loop.tick(), "idle");
});

Deno.test("a yes given in a clone makes the very move in the next job, once", async () => {
  await using memory = await remote();
  const command = "touch reports/made";
  const run = { action: "run", command, journal: "made it", more: false };
  await using loop = await jobs(memory, [run, NOOP]);
  await loop.tick();
  assertEquals(await git(memory.path, "ls-tree", "-r", "--name-only", "main", "reports"), "");
  {
    await using desk = await loop.on();
    const [{ id }] = JSON.parse((await desk.looop("asks", "--json")).stdout);
    assertEquals((await desk.looop("approve", id)).status, 0);
    await git(desk.paths.dataDir, "commit", "-qam", "Approved");
    await desk.push();
  }
  assertEquals([await loop.tick(), await loop.asked()], ["moved", 1]);
  assertEquals(await memory.read("reports/made"), "");
  const made = (await memory.read("journal.md")).match(/made it/g)?.length;
  await loop.tick();
  assertEquals((await memory.read("journal.md")).match(/made it/g)?.length, made);
});

Deno.test("a worker's end is decided on once, and its files are no part of the memory any more", async () => {
  await using memory = await remote();
  const start = { action: "start_worker", id: "fix", prompt: "x", journal: "began", more: false };
  const done = { ...NOOP, more: false };
  await using loop = await jobs(memory, [start, done]);
  assertEquals([await loop.tick(), await loop.tick(), await loop.tick()], [
    "moved",
    "moved",
    "idle",
  ]);
  assertEquals(await loop.asked(), 2);
  assertEquals(await git(memory.path, "ls-tree", "-r", "--name-only", "main", "workers"), "");
});

const PLAYBOOK = { "PLAYBOOK.md": "# Playbook\n" };

/** A goal whose rule starts a worker, once. */
const STARTS = {
  ...PLAYBOOK,
  "goals/fix.md": `---
goal: Mend it
rules:
  - name: mend
    when: "true"
    do: {action: start_worker, id: fix, prompt: Mend it, verify: ls reports/fix.md}
---
`,
};

const configOf = (worker: string) => ({
  runner: "none",
  worker_runner: "sh",
  runners: { sh: { worker } },
});

/** How the workers stand. */
async function stands(on: Machine): Promise<unknown[]> {
  const workers = JSON.parse((await on.looop("ls", "--json")).stdout);
  return workers.map(({ id, state, verified }: Record<string, unknown>) => [id, state, verified]);
}

Deno.test("tick --wait waits for the worker that it started, and a clone knows its end", async () => {
  await using memory = await remote();
  const config = configOf("sleep 0.5; echo mended > reports/fix.md");
  await using first = await machine(memory, config, STARTS);
  const { status, stdout, stderr } = await first.looop("tick", "--wait=30s", "--json");
  assertEquals(
    stderr.split("\n").filter((line) => line.startsWith("    ")),
    [
      "    waiting for worker fix to end, at most 30 s",
      "    worker fix: done, verify passed",
    ],
  );
  const { outcome, workers } = JSON.parse(stdout);
  assertEquals([status, outcome], [0, "moved"]);
  assertEquals(workers, [{ id: "fix", state: "done", exit_code: 0, verified: true }]);
  assertEquals(await git(first.paths.dataDir, "status", "--porcelain"), "");
  await first.push();
  assertEquals(await memory.read("reports/fix.md"), "mended");

  await using second = await machine(memory, config);
  // There is no runner to decide on its end, but it is seen.
  const end = JSON.parse((await second.looop("tick", "--json")).stdout);
  assertEquals([end.outcome, end.changes], ["undecided", ["worker:fix"]]);
  assertEquals(await stands(second), [["fix", "done", true]]);
});

Deno.test("tick --wait lets a worker live when the time is up; on the next machine it is lost, with its claim", async () => {
  await using memory = await remote();
  const config = configOf('"$LOOOP_BIN" claim build >/dev/null; sleep 60');
  {
    await using first = await machine(memory, config, STARTS);
    const { status, stderr } = await first.looop("tick", "--wait=0.2");
    assertEquals(status, 1);
    assertStringIncludes(stderr, "stopped waiting: fix is still running. If this machine ends now");
    assertMatch((await first.looop("ls")).stdout, /fix +running/);
    await eventually("it claims", async () =>
      (await first.looop("ls", "--json")).status === 0 &&
      await first.read("claims/build.json").then(() => true, () => false));
    assertEquals((await first.looop("tick", "--wait")).status, 0, "nothing was started this time");
    await first.push();
  }
  assertStringIncludes(await memory.read("claims/build.json"), '"session":"fix"');

  await using second = await machine(memory, config);
  const end = JSON.parse((await second.looop("tick", "--json", "--wait")).stdout);
  assertEquals([end.outcome, end.changes, end.workers], ["undecided", ["worker:fix"], []]);
  assertEquals(await stands(second), [["fix", "lost", false]]);
  await second.push();
  assertEquals(await git(memory.path, "ls-tree", "-r", "--name-only", "main", "claims"), "");
});

Deno.test("tick --wait that is stopped or killed has committed how its worker stands, and leaves it alone", async () => {
  for (const [signal, exit] of [["SIGINT", 130], ["SIGKILL", 137]] as const) {
    await using memory = await remote();
    await using first = await machine(memory, configOf("sleep 60"), STARTS);
    await using waiting = looopOn(first, ["tick", "--wait"]);
    const { dataDir } = first.paths;
    await eventually(
      "it waits",
      async () =>
        (await git(dataDir, "log", "-1", "--format=%s").catch(() => "")) ===
          "Status of the workers",
    );
    waiting.kill(signal);
    const { status } = await waiting.end;
    assertEquals(status, exit);
    assertEquals(await stands(first), [["fix", "running", false]]);
    assertEquals(await git(dataDir, "status", "--porcelain"), "");
    const files = await git(dataDir, "ls-tree", "-r", "--name-only", "HEAD", "workers");
    assertEquals(files, "workers/fix/worker.json");
  }
});

Deno.test("tick --wait refuses a dry run and a time that is none, before anything is made", async () => {
  await using memory = await remote();
  await using first = await machine(memory, configOf("true"), STARTS);
  for (
    const [args, said] of [
      [["--dry-run", "--wait"], "--wait has no effect with --dry-run"],
      [["--wait=soon"], "soon is not a duration"],
      [["--wait", "30"], "unexpected argument 30"],
    ] as const
  ) {
    const { status, stderr } = await first.looop("tick", ...args);
    assertEquals(status, 2);
    assertStringIncludes(stderr, said);
  }
  assertEquals(await Deno.lstat(first.paths.journal).catch(() => null), null);
});

Deno.test("tick --wait fails where there is no git, since nothing of it would reach another machine", async () => {
  await using profile = await tempProfile({ env: { PATH: "/nowhere" } });
  const { status, stderr } = await cliOn(profile, ["tick", "--wait"]);
  assertEquals(status, 1);
  assertStringIncludes(
    stderr,
    `cannot save this tick for another machine: ${profile.paths.dataDir} is not a git repository`,
  );
});
