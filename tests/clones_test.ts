import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { git } from "./git.ts";
import { countingRunner, type Machine, machine, type Remote, remote } from "./machine.ts";

const FILES = {
  "PLAYBOOK.md": "# Playbook\n",
  "goals/green.md": "---\ngoal: Keep it green\n---\n",
  "sensors/build.sh": `#!/bin/sh\necho '{"signal": "red"}'\n`,
};

/** A loop in jobs: how often its runner was asked, and a tick on a machine of its own, pushed. */
async function jobs(memory: Remote, moves: object[], files: Record<string, string> = FILES) {
  const root = await Deno.makeTempDir({ prefix: "looop-jobs-" });
  const notify = `echo $LOOOP_ASK_ID >>${root}/notified`;
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
