import { assert, assertEquals, assertRejects } from "@std/assert";
import { answerAsk, closeWorkerAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { raiseAsk, raiseFlag } from "../../src/inbox/flags.ts";
import { awaitAnswer } from "../../src/inbox/wait.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { UserError } from "../../src/schema/errors.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { finalizeWorkers } from "../../src/workers/reconcile.ts";
import { stopSession } from "../../src/workers/stop.ts";
import { eventually } from "../support/eventually.ts";
import { timeRatio } from "../support/time_ratio.ts";
import {
  addEnded,
  marked,
  output,
  start,
  stateOf,
  untilEnded,
  untilPrinted,
  workerProfile,
} from "../support/worker_profile.ts";

/** Kills the tmux server of a profile, and waits until it is gone. */
async function killServer(read: (path: string) => Promise<string>, signal = "KILL") {
  const { pid, socket } = JSON.parse(await read(".looop/tmux.json"));
  await output("kill", [`-${signal}`, String(pid)]);
  await eventually(
    "the server is gone",
    async () => await output("tmux", ["-S", socket, "list-sessions", "-F", "up"]) === "",
  );
}

Deno.test("listWorkers shows what outlives its tmux server as orphaned, with its end", async () => {
  await using profile = await workerProfile();
  // It reads keys as interactive agents do, and would end on Ctrl-D.
  const agent = `stty -icanon -echo; echo ready; until [ -e go ]; do
    IFS= read -r -t 0.1 -n 1 key; [ $? = 0 ] && { echo "key $key"; exit 9; }
  done; echo went on; exit 4`;
  const { generation } = await start(profile, "a", agent);
  await start(profile, "b", "echo ready; sleep 600");
  for (const id of ["a", "b"]) await untilPrinted(profile, id, /ready/);
  await killServer(profile.read);
  assertEquals((await listWorkers(profile)).map(({ state, alive }) => [state, alive]), [
    ["orphaned", true],
    ["orphaned", true],
  ]);
  await assertRejects(() => start(profile, "a", "true"), UserError, "worker a is orphaned already");
  await profile.write("go", "");
  await untilEnded(profile, "a");
  assertEquals(await stateOf(profile, "a"), ["failed", 4]);
  assertEquals(/went on/.test(await profile.read("workers/a/transcript")), true);
  await eventually("its wrapper ends", async () => (await marked(generation)).length === 0);

  assertEquals((await stopSession(profile, "b")).how, "killed");
  assertEquals(await stateOf(profile, "b"), ["killed", 143]);
  await start(profile, "b", "sleep 600");
  assertEquals(await stateOf(profile, "b"), ["running", null]);
});

Deno.test("listWorkers shows as lost only what has no process, and finalizeWorkers keeps it so", async () => {
  await using profile = await workerProfile();
  const { generation } = await start(profile, "a", "trap '' HUP; echo up; sleep 600");
  await untilPrinted(profile, "a", /up/);
  await killServer(profile.read);
  assertEquals(await stateOf(profile, "a"), ["orphaned", null]);
  // Its wrapper first, as a reboot does not tell anybody either.
  const [wrapper, ...rest] = await marked(generation);
  await output("kill", ["-KILL", wrapper]);
  for (const pid of rest) {
    assertEquals(await stateOf(profile, "a"), ["orphaned", null]);
    await output("kill", ["-KILL", pid]);
    if ((await marked(generation)).length === 0) break;
  }
  await untilEnded(profile, "a");
  assertEquals(await stateOf(profile, "a"), ["lost", null]);
  assertEquals(await finalizeWorkers(profile), ["a"]);
  assertEquals(await stateOf(profile, "a"), ["lost", null]);
  assertEquals(JSON.parse(await profile.read("workers/a/exit.json")).how, "lost");
});

Deno.test("listWorkers knows of a killed wrapper, and of an agent that outlives it", async () => {
  await using profile = await workerProfile();
  const { wrapper, generation } = await start(profile, "a", "trap '' HUP; echo up; sleep 600");
  await untilPrinted(profile, "a", /up/);
  await output("kill", ["-KILL", String(wrapper?.pid)]);
  await eventually("it is orphaned", async () => (await stateOf(profile, "a"))[0] === "orphaned");
  for (const pid of await marked(generation)) await output("kill", ["-KILL", pid]);
  await untilEnded(profile, "a");
  // The status of its command if that could still be told, else that of the wrapper.
  assertEquals(await stateOf(profile, "a"), ["failed", 137]);
});

Deno.test("listWorkers has the socket made again when a cleaner removed it", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "sleep 600");
  const { socket, pid } = JSON.parse(await profile.read(".looop/tmux.json"));
  await Deno.remove(socket);
  assertEquals(await stateOf(profile, "a"), ["running", null]);
  await Deno.remove(socket.slice(0, socket.lastIndexOf("/")), { recursive: true });
  await start(profile, "b", "sleep 600");
  assertEquals(JSON.parse(await profile.read(".looop/tmux.json")), { socket, pid });
});

Deno.test("listWorkers refuses to guess where tmux does not answer", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "sleep 600");
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  await Deno.remove(socket);
  await Deno.mkdir(socket);
  await assertRejects(
    () => listWorkers(profile),
    UserError,
    `cannot list the sessions of tmux at ${socket}`,
  );
  await Deno.remove(socket);
});

Deno.test("listWorkers calls neither tmux nor ps once all have ended", async () => {
  await using profile = await workerProfile();
  await start(profile, "a", "exit 2");
  await untilEnded(profile, "a");
  assertEquals(await finalizeWorkers(profile), ["a"]);
  assertEquals(await finalizeWorkers(profile), []);
  const bare = { ...profile, environment: { PATH: "/nowhere" }, env: () => "/nowhere" };
  assertEquals(await stateOf(bare, "a"), ["failed", 2]);
});

/** Some ids begin with another one. */
const IDS = Array.from({ length: 26 }, (_, i) => `fix${i < 13 ? "" : "-ci"}${i % 13}`);

Deno.test("26 workers are started, flagged, answered and killed at the same time", async () => {
  await using profile = await workerProfile();
  const theirs = `${profile.env("XDG_RUNTIME_DIR")}/theirs`;
  await output("tmux", ["-S", theirs, "-f", "/dev/null", "new-session", "-d", "-s", "looop-fix1"]);
  try {
    const started = await Promise.all(IDS.map((id) => start(profile, id, "sleep 300")));
    assertEquals((await listWorkers(profile)).filter(({ alive }) => alive).length, 26);

    await Promise.all(IDS.map((id) => raiseFlag(profile, id, `note of ${id}`)));
    const flagged = await listWorkers(profile);
    assertEquals(
      flagged.map(({ id, flag }) => [id, flag?.note]),
      IDS.toSorted().map((id) => [id, `note of ${id}`]),
    );

    const answers = await Promise.all(started.map(async ({ id, generation }) => {
      const ask = await raiseAsk(profile, { worker: id, generation, question: `What of ${id}?` });
      const waiting = awaitAnswer(profile, ask.id, { timeoutMs: 180_000 });
      await answerAsk(profile, ask.id, `answer to ${id}`);
      const answer = await waiting;
      await closeWorkerAsk(profile, ask.id, "delivered");
      return answer.kind === "answered" ? answer.text : answer.kind;
    }));
    assertEquals(answers, IDS.map((id) => `answer to ${id}`));
    assertEquals((await listAsks(profile)).asks, []);

    // Those whose ids others begin with go first: nobody else may be hit.
    const [first, rest] = [IDS.slice(0, 13), IDS.slice(13)];
    await Promise.all(first.map((id) => stopSession(profile, id)));
    const left = (await listWorkers(profile)).filter(({ alive }) => alive).map(({ id }) => id);
    assertEquals(left, rest.toSorted());
    await Promise.all(rest.map((id) => stopSession(profile, id)));
    assertEquals(await marked(...started.map(({ generation }) => generation)), []);
    const sessions = await output("tmux", ["-S", theirs, "list-sessions", "-F", "#{session_name}"]);
    assertEquals(sessions, "looop-fix1\n");
  } finally {
    await output("tmux", ["-S", theirs, "kill-server"]);
  }
});

Deno.test("listWorkers is not slowed by ended workers: 8 alive beside 500 of them, against 8 alone", async () => {
  await using alone = await workerProfile();
  await using beside = await workerProfile();
  const ids = IDS.slice(0, 8);
  for (const profile of [alone, beside]) {
    await Promise.all(ids.map((id) => start(profile, id, "sleep 300")));
  }
  await addEnded(beside.paths.dataDir, ids[0], 500);
  const lists = (profile: Profile) => async () =>
    assertEquals((await listWorkers(profile)).length, 8);
  const ratio = await timeRatio(lists(alone), lists(beside), 5);
  console.log(`8 alive beside 500 ended: ${ratio.toFixed(2)} × the time of 8 alive alone`);
  // It is about 1; reading those that ended as well takes 5 times as long.
  assert(ratio < 2, `${ratio} times as long`);
});

Deno.test("listWorkers calls a worker stuck after stuck_after of the config without output", async () => {
  await using profile = await workerProfile({ history: false });
  await start(profile, "a", "echo here; exec sleep 600");
  await untilPrinted(profile, "a", /here/);
  const clock = { ...profile.clock, now: () => new Date(Date.now() + 600_000) };
  const stateAfter = async (stuck_after: number) => {
    const [{ state }] = await listWorkers({
      ...profile,
      clock,
      config: { ...profile.config, stuck_after },
    });
    return state;
  };
  assertEquals([await stateAfter(900), await stateAfter(300)], ["running", "stuck"]);
});
