import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/schema/errors.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { stopSession } from "../../src/workers/stop.ts";
import { eventually } from "../support/eventually.ts";
import { isAlive } from "../support/is_alive.ts";
import {
  marked,
  output,
  start,
  stateOf,
  untilEnded,
  untilPrinted,
  workerProfile,
} from "../support/worker_profile.ts";

/** Waits for a file of pids that an agent writes, one a line. */
async function pidsIn(path: string, count: number): Promise<number[]> {
  let pids: number[] = [];
  await eventually(`${count} pids in ${path}`, async () => {
    const text = await Deno.readTextFile(path).catch(() => "");
    pids = text.split("\n").slice(0, -1).map(Number);
    return pids.length === count;
  });
  return pids;
}

Deno.test("stopSession ends the whole tree: stubborn ones, those of another session, those without a mark", async () => {
  await using profile = await workerProfile();
  const { generation } = await start(
    profile,
    "a",
    `trap '' HUP TERM
     echo $$ >>pids
     (setsid bash -c 'echo $$ >>pids; exec sleep 600' &)
     env -i bash -c 'trap "" HUP TERM; echo $$ >>pids; while :; do sleep 1; done' &
     bash -c 'echo $$ >>pids; kill -s STOP $$' &
     while :; do sleep 1; done`,
  );
  const pids = await pidsIn(`${profile.paths.dataDir}/pids`, 4);
  assertEquals((await stopSession(profile, "a")).how, "killed");
  assertEquals(await Promise.all(pids.map(isAlive)), [false, false, false, false]);
  assertEquals(await marked(generation), []);
  assertEquals(await stateOf(profile, "a"), ["killed", 143]);
  assertEquals(JSON.parse(await profile.read("workers/a/exit.json")).how, "killed");
  assertEquals((await stopSession(profile, "a")).how, "ended_before");
});

Deno.test("stopSession gives an agent that takes HUP the time to end, and keeps what it prints", async () => {
  await using profile = await workerProfile();
  await start(
    profile,
    "a",
    `trap 'sleep 0.3; echo saved; exit 0' HUP; echo ready; while :; do sleep 0.1; done`,
  );
  await untilPrinted(profile, "a", /ready/);
  await stopSession(profile, "a");
  assertEquals(/saved/.test(await profile.read("workers/a/transcript")), true);
  assertEquals(await stateOf(profile, "a"), ["killed", 143]);
});

Deno.test("stopSession never hits a worker whose id begins like the killed one's", async () => {
  await using profile = await workerProfile();
  for (const id of ["fix", "fix-ci", "fix-ci-2"]) await start(profile, id, "sleep 600");
  await stopSession(profile, "fix");
  assertEquals((await listWorkers(profile)).map(({ id, state }) => `${id} ${state}`), [
    "fix killed",
    "fix-ci running",
    "fix-ci-2 running",
  ]);
  await stopSession(profile, "fix-ci");
  assertEquals(await stateOf(profile, "fix-ci-2"), ["running", null]);
  await assertRejects(() => stopSession(profile, "fi"), UserError, "there is no worker fi");
  await assertRejects(() => stopSession(profile, "../fix"), UserError, "there is no worker");
});

Deno.test("stopSession called by the worker itself ends it, and it is done", async () => {
  await using profile = await workerProfile();
  const main = new URL("../fixtures/kill_self.ts", import.meta.url).pathname;
  const { generation } = await start(
    profile,
    "a",
    `trap '' HUP TERM; sleep 600 & "${Deno.execPath()}" run -A "${main}"; sleep 600`,
  );
  await untilEnded(profile, "a");
  assertEquals(await stateOf(profile, "a"), ["done", 0]);
  assertEquals(await marked(generation), []);
  await eventually(
    "it is written down",
    async () => JSON.parse(await profile.read("workers/a/exit.json")).how === "ended_itself",
  );
});

Deno.test("startSession and stopSession hold for twenty at a time, and nothing is left", async () => {
  await using profile = await workerProfile();
  const ids = Array.from({ length: 20 }, (_, index) => `w${index}`);
  const workers = await Promise.all(
    ids.map((id) => start(profile, id, `(setsid sleep 600 &) ; sleep 600`)),
  );
  assertEquals((await listWorkers(profile)).map(({ state }) => state), ids.map(() => "running"));
  assertEquals(
    (await Promise.all(ids.map((id) => stopSession(profile, id)))).map(({ how }) => how),
    ids.map(() => "killed"),
  );
  const left = await marked(...workers.map(({ generation }) => generation));
  assertEquals(left, []);
  assertEquals((await listWorkers(profile)).map(({ state }) => state), ids.map(() => "killed"));
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  assertEquals(await output("tmux", ["-S", socket, "list-sessions"]), "");
});

Deno.test("stopSession is not taken in by a ps that shows nothing", async () => {
  await using profile = await workerProfile();
  const { generation } = await start(profile, "a", "exec sleep 600");
  const bin = `${profile.root}/bin`;
  await Deno.mkdir(bin);
  const path = profile.environment.PATH;
  const script = (works: string) =>
    `#!/bin/sh\nPATH=${path}\ncase "$*" in *pgid*) ${works} || exit 1 ;; esac\nexec ps "$@"\n`;
  await Deno.writeTextFile(`${bin}/ps`, script("false"), { mode: 0o700 });
  const environment = { ...profile.environment, PATH: `${bin}:${path}` };
  await assertRejects(
    () => stopSession({ ...profile, environment }, "a"),
    UserError,
    "ps returned no processes",
  );
  assertEquals(await stateOf(profile, "a"), ["running", null]);
  await Deno.writeTextFile(`${bin}/ps`, script(`! mkdir ${bin}/once 2>/dev/null`));
  assertEquals((await stopSession({ ...profile, environment }, "a")).how, "killed");
  assertEquals(await Deno.stat(`${bin}/once`).then(() => true), true);
  assertEquals(await marked(generation), []);
});
