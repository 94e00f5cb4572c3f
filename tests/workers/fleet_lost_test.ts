import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/schema/errors.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { settleWorkers } from "../../src/workers/reconcile.ts";
import { killWorker } from "../../src/workers/stop.ts";
import { eventually } from "../eventually.ts";
import {
  marked,
  output,
  start,
  stateOf,
  untilEnded,
  untilPrinted,
  workerProfile,
} from "./worker_profile.ts";

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

  assertEquals(await killWorker(profile, "b"), "killed");
  assertEquals(await stateOf(profile, "b"), ["failed", 143]);
  await start(profile, "b", "sleep 600");
  assertEquals(await stateOf(profile, "b"), ["running", null]);
});

Deno.test("listWorkers shows as lost only what has no process, and settleWorkers keeps it so", async () => {
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
  assertEquals(await settleWorkers(profile), ["a"]);
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
  assertEquals(await settleWorkers(profile), ["a"]);
  assertEquals(await settleWorkers(profile), []);
  const bare = { ...profile, environment: { PATH: "/nowhere" }, env: () => "/nowhere" };
  assertEquals(await stateOf(bare, "a"), ["failed", 2]);
});
