import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { UserError } from "../../src/schema/errors.ts";
import type { Move } from "../../src/schema/move.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { listWorkers } from "../../src/workers/list.ts";
import {
  deliveredMessages,
  queuedMessages,
  queueMessage,
  typeMessage,
} from "../../src/workers/messages.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { start, untilEnded, untilPrinted, workerProfile } from "../support/worker_profile.ts";

/** The environment of a worker, as its programs have it. */
function inside(profile: TempProfile, id: string, generation: string): TempProfile {
  const environment = {
    ...profile.environment,
    LOOOP_SESSION_ID: id,
    LOOOP_GENERATION: generation,
    LOOOP_DATA_DIR: profile.paths.dataDir,
  };
  return { ...profile, environment };
}

Deno.test("looop tell queues with status 3, the worker receives it once with looop told, and only then it is delivered", async () => {
  await using profile = await workerProfile({ history: false });
  const { generation } = await start(profile, "fix", "sleep 300");
  const told = await cliOn(profile, ["tell", "looop-fix", "skip the flaky test"]);
  assertEquals([told.status, told.stdout.startsWith("queued for fix: ")], [3, true]);
  const second = await cliOn(profile, ["tell", "fix", "-", "--json"], { input: "and\npush\n\n" });
  assertEquals(second.status, 3);
  const { message, ...rest } = JSON.parse(second.stdout);
  assertEquals(rest, { worker: "fix", state: "queued", why: null });
  const list = async () => JSON.parse((await cliOn(profile, ["told", "fix", "--json"])).stdout);
  // From outside, it is only listed.
  assertEquals((await list()).map(({ delivered }: { delivered?: unknown }) => delivered), [
    undefined,
    undefined,
  ]);
  assertEquals((await listWorkers(profile))[0].undelivered, 2);
  const worker = inside(profile, "fix", generation);
  const { stdout } = await cliOn(worker, ["told", "fix"]);
  assertMatch(
    stdout,
    /^Message from your user \(\d\d:\d\d\):\nskip the flaky test\n\nMessage from your user \(\d\d:\d\d\):\nand\npush\n$/,
  );
  assertEquals((await cliOn(worker, ["told", "fix"])).stdout, "");
  const all = await list();
  assertEquals(all.map(({ delivered }: { delivered: { via: string } }) => delivered.via), [
    "told",
    "told",
  ]);
  assertEquals(all[1].id, message);
  assertEquals((await listWorkers(profile))[0].undelivered, undefined);
});

Deno.test("looop tell refuses a worker that is unknown or has ended, an empty text, and a worker that tells another", async () => {
  await using profile = await workerProfile({ history: false });
  const { generation } = await start(profile, "fix", "sleep 300");
  await start(profile, "done", "true");
  await untilEnded(profile, "done");
  const worker = inside(profile, "fix", generation);
  const cases: [TempProfile, string[], string, number][] = [
    [profile, ["nope", "x"], "there is no worker nope: looop ls lists them", 1],
    [profile, ["done", "x"], "cannot tell worker done: it has ended (done)", 1],
    [profile, ["fix", " "], "cannot tell worker fix: the message is empty", 2],
    [worker, ["done", "x"], "cannot tell worker done from inside worker fix: only the user", 1],
    [profile, ["done", "x", "--now"], "cannot tell worker done: it has ended (done)", 1],
  ];
  for (const [on, args, message, status] of cases) {
    const end = await cliOn(on, ["tell", ...args]);
    assertEquals([end.status, end.stdout], [status, ""]);
    assertStringIncludes(end.stderr, message);
  }
  assertEquals(await queuedMessages(workerFiles(profile.paths, "fix")), []);
});

Deno.test("a hook receives messages in its own form, but none in a subagent", async () => {
  await using profile = await workerProfile({ history: false });
  const { generation } = await start(profile, "fix", "sleep 300");
  const worker = inside(profile, "fix", generation);
  const hook = async (input: unknown) =>
    (await cliOn(worker, ["told", "fix", "--hook"], { input: JSON.stringify(input) })).stdout;
  const text = /^Message from your user \(\d\d:\d\d\):\nhello\n$/;
  const tell = () => queueMessage(profile, "fix", { text: "hello", from: null });
  assertEquals(await hook({ hook_event_name: "PostToolUse" }), "");
  await tell();
  assertEquals(await hook({ hook_event_name: "PostToolUse", agent_id: "sub" }), "");
  const { hookSpecificOutput: after } = JSON.parse(await hook({ hook_event_name: "PostToolUse" }));
  assertEquals(after.hookEventName, "PostToolUse");
  assertMatch(after.additionalContext, text);
  await tell();
  const stop = JSON.parse(await hook({ hook_event_name: "Stop" }));
  assertEquals(stop.decision, "block");
  assertMatch(stop.reason, text);
  await tell();
  assertMatch(await hook({}), text);
  assertEquals((await cliOn(profile, ["told", "fix", "--hook"])).status, 2);
  const delivered = await deliveredMessages(workerFiles(profile.paths, "fix"));
  assertEquals(delivered.map((message) => message.delivered?.via), ["hook", "hook", "hook"]);
});

Deno.test("looop tell --now types the text and Enter, without its control characters", async () => {
  await using profile = await workerProfile({ history: false });
  await start(
    profile,
    "fix",
    `stty -echo; echo ready; IFS= read -r line; echo "got <$line>"; sleep 300`,
  );
  await untilPrinted(profile, "fix", /ready/);
  const { status, stdout } = await cliOn(profile, [
    "tell",
    "fix",
    "skip $HOME; it\u001b[201~\u0003\n",
    "--now",
  ]);
  assertEquals([status, stdout], [0, "delivered to fix: typed into its session\n"]);
  await untilPrinted(profile, "fix", /got <skip \$HOME; it\[201~>/);
  const [told] = await deliveredMessages(workerFiles(profile.paths, "fix"));
  assertEquals(told.delivered?.via, "typed");
});

Deno.test("looop tell --now does not type into a worker that waits: it queues, and says why", async () => {
  await using profile = await workerProfile({ history: false });
  await start(profile, "fix", "cat");
  await cliOn(profile, ["flag", "fix", "which branch?"]);
  const { status, stdout } = await cliOn(profile, ["tell", "fix", "main", "--now", "--json"]);
  assertEquals(status, 3);
  const { state, why } = JSON.parse(stdout);
  assertEquals([state, why], [
    "queued",
    "it waits for an answer, which typed text could be taken for",
  ]);
  assertEquals(
    await profile.read("workers/fix/transcript").then((text) => /main/.test(text)),
    false,
  );
  await assertRejects(
    () => typeMessage(profile, "nope", "x"),
    UserError,
    "there is no worker nope",
  );
});

Deno.test("an answer brings the messages that wait, and a worker that ends itself gets them first", async () => {
  await using profile = await workerProfile({ history: false });
  const ask = `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "Tea?"`;
  const kill = `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`;
  await start(
    profile,
    "fix",
    `${ask}; echo asked; read -r _; ${kill}; echo "status $?"; ${kill}; sleep 300`,
  );
  await eventually(
    "it asks",
    async () => (await cliOn(profile, ["asks", "--json"])).stdout.length > 5,
  );
  await queueMessage(profile, "fix", { text: "no sugar", from: null });
  await cliOn(profile, ["answer", "yes"]);
  await untilPrinted(
    profile,
    "fix",
    /yes\s+Message from your user \(\d\d:\d\d\):\s+no sugar[^]*asked/,
  );
  await queueMessage(profile, "fix", { text: "one more thing", from: null });
  await typeMessage(profile, "fix", "go");
  await untilPrinted(
    profile,
    "fix",
    /one more thing[^]*worker fix goes on: act on 1 message[^]*status 1/,
  );
  await untilEnded(profile, "fix");
  const delivered = await deliveredMessages(workerFiles(profile.paths, "fix"));
  assertEquals(delivered.map((message) => message.delivered?.via), ["answer", "typed", "kill"]);
  assertEquals((await listWorkers(profile))[0].state, "done");
});

Deno.test("tell_worker queues once, and a worker that ends before says so in journal, list and prompt", async () => {
  await using profile = await workerProfile();
  await start(profile, "fix", "sleep 300");
  const tell: Move = {
    action: "tell_worker",
    id: "fix",
    text: "rebase first",
    journal: "told fix",
  };
  const decider = scripted({ ...tell, more: true }, noop(), noop());
  const result = await tickOnce(profile, { decider: decider.decide });
  assertEquals(result.outcome === "moved" && result.result.summary, "queued for worker fix");
  const [{ from, text }] = await queuedMessages(workerFiles(profile.paths, "fix"));
  assertEquals([from, text], [result.outcome === "moved" && result.run_id, "rebase first"]);
  // As after a crash.
  await queueMessage(profile, "fix", { text: "rebase first", from });
  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(decider.prompts[1], "worker fix: running, runner sh, 1 message queued");
  assertEquals((await cliOn(profile, ["kill", "fix"])).status, 0);
  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(decider.prompts[2], "1 message UNDELIVERED");
  const journal = await profile.read("journal.md");
  assertMatch(journal, /~ worker fix ended with 1 undelivered message: "rebase first" \(/);
  assertEquals(journal.match(/undelivered/g)?.length, 1);
  const { stdout } = await cliOn(profile, ["ls", "--all"]);
  assertStringIncludes(stdout, "1 undelivered message");
  // Its files are archived by now.
  assertMatch(
    (await cliOn(profile, ["told", "fix"])).stdout,
    / {2}undelivered {2}by run [^]*rebase/,
  );
  const [message] = JSON.parse((await cliOn(profile, ["told", "fix", "--json"])).stdout);
  assertEquals(message.state, "undelivered");
  assertMatch((await cliOn(profile, ["told", "nobody"])).stderr, /there is no worker nobody/);
});

Deno.test("opencode's plugin adds messages to the result of a tool call, and nothing without any", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const { opencode } = await import("../../src/workers/agents/opencode.ts");
    const input = { promptFile: `${dir}/prompt`, workerDir: dir, cwd: dir };
    const load = async (toldCommand: string, name: string) => {
      const { files = {} } = await opencode.start({ ...input, toldCommand });
      await Deno.writeTextFile(`${dir}/${name}.js`, files["opencode-plugin.js"]);
      return await (await import(`file://${dir}/${name}.js`)).default({ client: {} });
    };
    const after = "tool.execute.after";
    const told = await load("cat >/dev/null; echo 'Message: blue'", "told");
    const output = { output: "painted" };
    await told[after]({}, output);
    assertEquals(output.output, "painted\n\nMessage: blue\n");
    const none = await load("true", "none");
    await none[after]({}, output);
    assertEquals(output.output, "painted\n\nMessage: blue\n");
    const failing = await load("exit 1", "failing");
    await failing[after]({}, output);
    const structured = { output: { parts: [] } };
    await told[after]({}, structured);
    assertEquals(structured, { output: { parts: [] } });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
