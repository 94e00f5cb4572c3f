import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { attachArgv, listWorkers } from "../../src/workers/list.ts";
import { finalizeWorkers } from "../../src/workers/reconcile.ts";
import { continueWorker } from "../../src/workers/resume.ts";
import { startSession } from "../../src/workers/start.ts";
import { stopSession } from "../../src/workers/stop.ts";
import { eventually } from "../support/eventually.ts";
import {
  marked,
  output,
  start,
  stateOf,
  untilEnded,
  untilPrinted,
  workerProfile,
} from "../support/worker_profile.ts";
import { loseWorkers } from "../workers/lose_worker.ts";
import { eventualText } from "./sandbox_profile.ts";

const config = { sandbox: "bwrap" as const };

Deno.test("a worker in the sandbox takes a person's keys, Ctrl-C and window size, and ends with its own status", async () => {
  await using profile = await workerProfile({ config });
  const person = (...args: string[]) =>
    output("tmux", ["-S", join(profile.root, "person"), "-f", "/dev/null", ...args]);
  await start(
    profile,
    "a",
    `trap 'echo interrupted' INT; printf 'name? '; read -r name; echo "hello $name"; tty; until [ "$(stty size)" = "29 100" ]; do sleep 0.05; done; echo sized; ` +
      `until [ "$over" ]; do read -r over; done; exit 7`,
  );
  const quoted = (await attachArgv(profile, "a")).map((arg) => `'${arg}'`).join(" ");
  await person(..."new-session -d -s mine -x 100 -y 30".split(" "), `env -u TMUX ${quoted}`);
  try {
    const shows = (text: RegExp) =>
      eventually(
        `the screen shows ${text}`,
        async () => text.test(await person("capture-pane", "-p", "-t", "mine")),
      );
    await shows(/name\?/);
    await person("send-keys", "-t", "mine", "Jürgen", "Enter");
    await shows(/hello Jürgen\n\/dev\/console\nsized/);
    await person("send-keys", "-t", "mine", "C-c");
    await shows(/interrupted/);
    assertEquals(await stateOf(profile, "a"), ["running", null]);
    await person("send-keys", "-t", "mine", "yes", "Enter");
    await untilEnded(profile, "a");
  } finally {
    await person("kill-server");
  }
  assertEquals(await stateOf(profile, "a"), ["failed", 7]);
  assertEquals(JSON.parse(await eventualText(profile, "workers/a/exit.json")).how, "exited");
});

Deno.test("an agent in the sandbox is ended by Ctrl-C as elsewhere", async () => {
  await using profile = await workerProfile({ config });
  await start(profile, "a", "echo ready; exec sleep 600");
  await untilPrinted(profile, "a", /ready/);
  const { socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  await output("tmux", ["-S", socket, "send-keys", "-t", "=looop-a:", "C-c"]);
  await untilEnded(profile, "a");
  assertEquals(await stateOf(profile, "a"), ["failed", 130]);
});

Deno.test("stopSession gives an agent in the sandbox time to end, and leaves nothing of its tree", async () => {
  await using profile = await workerProfile({ config });
  const { generation } = await start(
    profile,
    "a",
    `(setsid sleep 600 &); env -i bash -c 'trap "" HUP TERM; while :; do sleep 1; done' & ` +
      `trap 'sleep 0.3; echo saved; exit 0' HUP; echo ready; while :; do sleep 0.1; done`,
  );
  await untilPrinted(profile, "a", /ready/);
  assertEquals((await stopSession(profile, "a")).how, "killed");
  assertStringIncludes(await profile.read("workers/a/transcript"), "saved");
  assertEquals(await stateOf(profile, "a"), ["killed", 143]);
  assertEquals(await marked(generation), []);
});

Deno.test("what an agent in the sandbox leaves running ends with it", async () => {
  await using profile = await workerProfile({ config });
  const { generation } = await start(profile, "a", "(setsid sleep 600 &); echo done");
  await untilEnded(profile, "a");
  assertEquals(await stateOf(profile, "a"), ["done", 0]);
  assertEquals(await finalizeWorkers(profile), ["a"]);
  assertEquals(await marked(generation), []);
});

Deno.test("a worker in the sandbox outlives its tmux server as an orphan, and can be killed", async () => {
  await using profile = await workerProfile({ config });
  const { generation } = await start(profile, "a", "echo ready; sleep 600");
  await untilPrinted(profile, "a", /ready/);
  const { pid, socket } = JSON.parse(await profile.read(".looop/tmux.json"));
  Deno.kill(pid, "SIGKILL");
  await eventually(
    "the server is gone",
    async () => await output("tmux", ["-S", socket, "list-sessions", "-F", "up"]) === "",
  );
  assertEquals(await stateOf(profile, "a"), ["orphaned", null]);
  assertEquals((await stopSession(profile, "a")).how, "killed");
  assertEquals(await marked(generation), []);
});

Deno.test("a worker's record tells that it is in a sandbox, and its prompt what differs there", async () => {
  await using profile = await workerProfile({ config });
  await start(profile, "a", "sleep 600");
  const [{ sandbox, verify_command }] = await listWorkers(profile);
  assertEquals([sandbox, verify_command], ["bwrap", null]);
  const prompt = await profile.read("workers/a/prompt.md");
  assertMatch(
    prompt,
    /\n9\. \*\*When you are done[^]*\n# You are in a sandbox\n[^]*\n# Your task\n\ndo it\n$/,
  );
});

Deno.test("a lost worker is continued in its sandbox, with the access that it had, though the config asks for none now", async () => {
  const worker = `echo up; sleep 600`;
  const resume = `cat {{prompt_file}} >"$LOOOP_WORKTREE/message"; touch /looop-outside; sleep 600`;
  const runners = { mine: { worker, resume } };
  await using profile = await workerProfile({ config: { ...config, runners } });
  const { generation } = await startSession(profile, { id: "a", prompt: "Paint.", runner: "mine" });
  await untilPrinted(profile, "a", /up/);
  await loseWorkers(profile, { generation });
  const free = { ...profile, config: { ...profile.config, sandbox: "none" as const } };
  assertEquals(await continueWorker(free, "a"), true);
  await untilPrinted(profile, "a", /Read-only file system/);
  assertStringIncludes(await profile.read("workers/a/worktree/message"), "It continues now.");
  assertEquals(await stateOf(profile, "a"), ["running", null]);
});
