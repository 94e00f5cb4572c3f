import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { git } from "./git.ts";
import { cliOn } from "./cli/cli_on.ts";
import { looopOn } from "./cli/looop_on.ts";
import { type Machine, machine, remote } from "./machine.ts";
import { tempProfile } from "./profile/temp_profile.ts";
import { eventually } from "./eventually.ts";

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
      "    waiting for 30 s at most: worker fix",
      "    worker fix: done, its verify passed",
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
    assertStringIncludes(stderr, "not waiting any longer: fix lives. Should this machine go now");
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
          "How the workers stand",
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
      [["--dry-run", "--wait"], "--wait is of no use with --dry-run"],
      [["--wait=soon"], "soon is no interval"],
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
    `cannot keep what this tick did for another machine: ${profile.paths.dataDir} is no git repository`,
  );
});
