import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { tryLock } from "../../src/os/lock.ts";
import { isPresent } from "../../src/os/stat.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import type { Verification } from "../../src/schema/worker.ts";
import { claim, listClaims } from "../../src/workers/claims.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { listEnded, listWorkers } from "../../src/workers/list.ts";
import { finalizeWorkers, reconcileWorkers, verifyWorker } from "../../src/workers/reconcile.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { eventually } from "../support/eventually.ts";
import { isAlive } from "../support/is_alive.ts";
import { openFiles } from "../support/open_files.ts";
import { commandAs } from "../support/run_as.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { marked, output, start, untilEnded, workerProfile } from "../support/worker_profile.ts";

Deno.test("finalizeWorkers runs verify once, and a done that it does not pass says so", async () => {
  await using profile = await workerProfile();
  await start(profile, "good", "touch made", { verify: `echo run >>count; test -e made; pwd` });
  await start(profile, "bad", "true", { verify: `echo run >>count; echo "no report"; exit 7` });
  await start(profile, "none", "true");
  for (const id of ["good", "bad", "none"]) await untilEnded(profile, id);
  const settled = await Promise.all([finalizeWorkers(profile), finalizeWorkers(profile)]);
  await finalizeWorkers(profile);
  assertEquals([...new Set(settled.flat())].sort(), ["bad", "good", "none"]);
  assertEquals(await profile.read("count"), "run\nrun\n");
  assertEquals(
    (await listWorkers(profile)).map(({ id, state, verification }) => [id, state, verification]),
    [
      ["bad", "done", { passed: false, exit_code: 7, output_tail: "no report" }],
      ["good", "done", { passed: true, exit_code: 0, output_tail: profile.paths.dataDir }],
      ["none", "done", null],
    ],
  );
});

Deno.test("finalizeWorkers does not run a verify again that looop did not survive", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "true", { verify: "echo run >>count" });
  await untilEnded(profile, "a");
  await profile.write("workers/a/verifying", "");
  assertEquals(await finalizeWorkers(profile), ["a"]);
  const [{ verification }] = await listWorkers(profile);
  assertEquals(verification, {
    passed: false,
    exit_code: 137,
    output_tail: "looop was stopped while this ran, and does not run it again",
  });
  assertEquals(await output("find", [`${profile.paths.dataDir}`, "-name", "count"]), "");
});

Deno.test("finalizeWorkers stops a verify with looop, and its whole group", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "true", { verify: "sleep 600 & echo $! >pid; wait" });
  await untilEnded(profile, "a");
  const stop = new AbortController();
  const settling = finalizeWorkers(profile, stop.signal);
  let pid = 0;
  while (!(pid > 0)) pid = Number(await profile.read("pid").catch(() => ""));
  stop.abort();
  assertEquals(await settling, ["a"]);
  assertEquals(await isAlive(pid), false);
  assertEquals((await listWorkers(profile))[0].verification?.passed, false);
});

Deno.test("finalizeWorkers ends what a worker left behind, and its session", async () => {
  await using profile = await workerProfile();
  const { generation } = await start(profile, "a", `(trap '' HUP; setsid sleep 600 &) ; exit 0`);
  await start(profile, "b", "sleep 600");
  await untilEnded(profile, "a");
  assertEquals(await finalizeWorkers(profile), ["a"]);
  assertEquals(await marked(generation), []);
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  assertEquals(
    await output("tmux", ["-S", socket, "list-sessions", "-F", "#{session_name}"]),
    "looop-b\n",
  );
});

Deno.test("reconcileWorkers verifies a worker that ends while it finalizes another one", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "true");
  await start(profile, "b", "until [ -e over ]; do sleep 0.05; done", { verify: "touch verified" });
  await untilEnded(profile, "a");
  const workers = await reconcileWorkers(profile, [], {
    receive: async (id) => {
      if (id !== "a") return;
      await profile.write("over", "");
      await untilEnded(profile, "b");
      // The worker's own record of its end does not mean that it is finalized.
      const { exit } = workerFiles(profile.paths, "b");
      await eventually("its end is recorded", () => Promise.resolve(isPresent(exit)));
    },
  });
  assertEquals(workers.map(({ id, state, verification }) => [id, state, verification?.passed]), [
    ["a", "done", undefined],
    ["b", "done", true],
  ]);
});

Deno.test("reconcileWorkers tries to finalize a worker once", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "true");
  await untilEnded(profile, "a");
  let tries = 0;
  await reconcileWorkers(profile, [], {
    receive() {
      tries++;
      return Promise.reject(new Error("no disk"));
    },
  });
  assertEquals(tries, 1);
  assertEquals(profile.warnings, ["cannot finalize worker a, retrying: no disk"]);
});

Deno.test("reconcileWorkers receives what an ended worker sent, closes its asks and releases its claims", async () => {
  await using profile = await workerProfile();
  const { generation } = await start(profile, "a", "true");
  await untilEnded(profile, "a");
  await raiseAsk(profile, { worker: "a", generation, question: "What of a?" });
  await claim(profile, "issue-7", "a");
  const received: string[] = [];
  const workers = await reconcileWorkers(profile, [], {
    receive(worker) {
      received.push(worker);
      return Promise.resolve();
    },
  });
  assertEquals(workers.map(({ id, state }) => [id, state]), [["a", "done"]]);
  assertEquals(received, ["a"]);
  assertEquals((await listAsks(profile)).asks, []);
  assertEquals((await listClaims(profile)).claims, []);
  const events = (await profile.read("events.jsonl")).trimEnd().split("\n");
  const ends = events.map((line) => JSON.parse(line)).filter(({ event }) => event === "worker_end");
  assertEquals(ends.map(({ worker }) => worker), ["a"]);
  const costs = (await profile.read("cost.jsonl")).trimEnd().split("\n");
  assertEquals(costs.map((line) => JSON.parse(line).begun ?? false), [true, false]);
});

/** Verifies a new worker; gives whether that is done, and the result that was written. */
async function verify(
  profile: TempProfile,
  command: string | null,
  signal?: AbortSignal,
): Promise<[done: boolean, Verification | null]> {
  const record = await tempWorker(profile, "fix-ci", { verify: command });
  const files = workerFiles(profile.paths, "fix-ci");
  const done = await verifyWorker(profile, record, files, signal);
  const text = await Deno.readTextFile(files.verification).catch(() => "null");
  assertEquals(openFiles(profile.root), []);
  return [done, JSON.parse(text)];
}

const secret = "swordfish-7f3a";
for (
  const [what, command, exit_code, output_tail] of [
    ["passes with status 0 alone", "echo fine", 0, "fine"],
    ["fails with any other status", "echo wrong >&2; exit 3", 3, "wrong"],
    [
      "gives the command its environment",
      'echo "$LOOOP_SESSION_ID $PAGER $GIT_PAGER $TERM $NO_COLOR ${LOOOP_WORKTREE-no worktree} ${API_TOKEN-no token}"',
      0,
      "fix-ci cat cat dumb 1 no worktree no token",
    ],
    ["masks secrets", `echo "it is ${secret}"`, 0, "it is [masked API_TOKEN]"],
    [
      "keeps the last 2048 characters",
      "printf 'x%.0s' {1..3000}; printf end",
      0,
      "x".repeat(2045) + "end",
    ],
  ] as [string, string, number, string][]
) {
  Deno.test(`verifyWorker ${what}`, async () => {
    await using profile = await tempProfile({ env: { API_TOKEN: secret } });
    const [done, result] = await verify(profile, command);
    assertEquals(done, true);
    assertEquals(result, { passed: exit_code === 0, exit_code, output_tail });
  });
}

Deno.test("verifyWorker has nothing to do without a command, or with a result", async () => {
  await using profile = await tempProfile();
  assertEquals(await verify(profile, null), [true, null]);
  const earlier = { passed: true, exit_code: 0, output_tail: "earlier" };
  await profile.write("workers/fix-ci/verification.json", JSON.stringify(earlier));
  assertEquals(await verify(profile, "exit 1"), [true, earlier]);
});

Deno.test("verifyWorker leaves a worker alone that another looop verifies", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const files = workerFiles(profile.paths, "fix-ci");
  using _ = await tryLock(files.verifyLock);
  const record = await tempWorker(profile, "fix-ci", { verify: "touch ran" });
  assertEquals(await verifyWorker(profile, record, files), false);
  for (const path of [files.verification, files.verifying, join(profile.paths.dataDir, "ran")]) {
    assertEquals(await Deno.stat(path).catch(() => null), null);
  }
});

Deno.test("verifyWorker that is stopped with looop records that the worker failed", async () => {
  await using profile = await tempProfile();
  const [done, result] = await verify(profile, "sleep 600", AbortSignal.timeout(100));
  assertEquals([done, result?.passed, result?.output_tail], [
    true,
    false,
    "was stopped with looop",
  ]);
});

Deno.test("verifyWorker kills a command after verify_timeout of the config", async () => {
  await using profile = await tempProfile({ config: { verify_timeout: 1 } });
  const [done, result] = await verify(profile, "echo begun; sleep 600");
  assertEquals([done, result?.passed, result?.output_tail], [
    true,
    false,
    "begun\nwas killed after 1 s",
  ]);
});

Deno.test("reconcileWorkers removes the files of ended workers after prune_after of the config", async () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const left: Record<string, string[]> = {};
  for (const prune_after of [3600, 86_400]) {
    await using profile = await workerProfile({ history: false, config: { prune_after } });
    const ended = async (id: string, at: string) => {
      const record = { ...(await tempWorker(profile, id)), started_at: at };
      await profile.write(`workers/ended/${id}.g1/worker.json`, JSON.stringify(record));
      const end = { exit_code: 0, at, how: "exited" };
      await profile.write(`workers/ended/${id}.g1/exit.json`, JSON.stringify(end));
      await Deno.remove(join(profile.paths.workers, id), { recursive: true });
    };
    await ended("old", hoursAgo(72));
    await ended("fresh", hoursAgo(2));
    // The end of another one has them pruned.
    await start(profile, "now", "true");
    await untilEnded(profile, "now");
    await reconcileWorkers(profile, []);
    left[prune_after] = (await listEnded(profile)).map(({ id }) => id);
  }
  assertEquals(left, { 3600: [], 86400: ["fresh"] });
});

Deno.test("verifyWorker starts a command that only reads as policy planned it, and without bash", async () => {
  await using profile = await tempProfile({ files: { "reports/a.md": "one\n" } });
  const { root, paths } = profile;
  const site = join(root, "site");
  await output("git", ["init", "-q", site]);
  for (const key of ["core.fsmonitor", "diff.external", "core.pager"]) {
    await output("git", ["-C", site, "config", key, `touch '${root}/started'; false`]);
  }
  await Deno.symlink(join(root, "looop.json"), join(paths.dataDir, "reports/link.md"));
  const plans = [
    [["git", "status", "-s"], site, [], true, 0, ""],
    [["git", "diff"], site, [], true, 0, ""],
    [["cat", "reports/a.md"], paths.dataDir, [1], true, 0, "one"],
    [["grep", "two", "reports/a.md"], paths.dataDir, [2], false, 1, ""],
    [
      ...[["cat", "reports/link.md"], paths.dataDir, [1], false, 126],
      "cannot read reports/link.md: it leads out of the data directory or to a hidden file; read a file of the data " +
      "directory",
    ],
  ] as [string[], string, number[], boolean, number, string][];
  await Deno.writeTextFile(join(root, "looop.json"), "{}");
  for (const [i, [argv, dir, files, passed, exit_code, output_tail]] of plans.entries()) {
    const id = `fix-${i}`;
    const verify_command = commandAs(profile, argv, { cwd: dir, reads: files });
    const record = await tempWorker(profile, id, { verify: "exit 3", verify_command });
    const at = workerFiles(paths, id);
    assertEquals(await verifyWorker(profile, record, at), true);
    const result: Verification = JSON.parse(await Deno.readTextFile(at.verification));
    assertEquals(result, { passed, exit_code, output_tail });
  }
  assertEquals(await output("find", [root, "-name", "started"]), "");
});
