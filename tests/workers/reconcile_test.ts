import { assertEquals } from "@std/assert";
import { listWorkers } from "../../src/workers/list.ts";
import { finalizeWorkers } from "../../src/workers/reconcile.ts";
import { isAlive } from "../support/is_alive.ts";
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
