import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../../src/inbox/answer.ts";
import { listAsks } from "../../../src/inbox/asks.ts";
import { raiseAsk, readFlag } from "../../../src/inbox/flags.ts";
import { tempWorker } from "../../inbox/temp_worker.ts";
import { cliOn } from "../../support/cli_on.ts";
import { eventually } from "../../support/eventually.ts";
import { looopOn, type LooopProcess } from "../../support/looop_on.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

const TOOL = { tool_name: "Bash", tool_input: { command: "rm -rf build" } };

/** Calls the hook of a worker's Claude Code. */
function hook(profile: TempProfile, request: Record<string, unknown> = TOOL): LooopProcess {
  const input = JSON.stringify({ hook_event_name: "PermissionRequest", ...request });
  return looopOn(profile, ["permission-request", "claude"], { worker: "fix-ci", input });
}

async function untilAsked(profile: TempProfile): Promise<string> {
  const asks = async () => (await listAsks(profile)).asks;
  await eventually("it asks", async () => (await asks()).length === 1);
  return (await asks())[0].id;
}

const untilClosed = (profile: TempProfile, id: string) =>
  eventually("the ask is withdrawn", async () => {
    const closed = await profile.read(`asks/closed/${id}.json`).catch(() => "{}");
    return JSON.parse(closed).closed_by === "withdrawn";
  });

Deno.test("looop permission-request puts the request before the person, and prints their word for the agent", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  await using asking = hook(profile);
  const id = await untilAsked(profile);
  assertMatch((await cliOn(profile, ["asks"])).stdout, /│ {5}rm -rf build\n/);
  await cliOn(profile, ["answer", id, "allow"]);
  assertEquals(await asking.end, {
    status: 0,
    stdout: '{"hookSpecificOutput":{"hookEventName":"PermissionRequest",' +
      '"decision":{"behavior":"allow"}}}\n',
    stderr: "",
  });
  assertEquals(await readFlag(profile, "fix-ci"), null);
});

for (
  const [what, question] of [
    ["by a mask", "[masked A_TOKEN]"],
    ["by a part", "claude asks for permission to use [masked A_TOKEN] do instead."],
    [
      "by the same words",
      "claude asks for permission to use Bash:\n\n  command:\n    rm -rf build\n\n" +
      "Answer allow or deny, or with --other what it should do instead.",
    ],
  ]
) {
  Deno.test(`an answer to the worker answers no permission request that its question fits ${what}`, async () => {
    await using profile = await tempProfile();
    const { generation } = await tempWorker(profile, "fix-ci");
    const own = await raiseAsk(profile, { worker: "fix-ci", generation, question });
    await answerAsk(profile, own.id, "allow");
    await using asking = hook(profile);
    const open = async () => (await listAsks(profile)).asks.find(({ answer }) => !answer);
    await eventually("it asks", async () => await open() !== undefined);
    assertEquals((await open())?.hook, "claude");
    await answerAsk(profile, (await open())!.id, "deny");
    assertStringIncludes((await asking.end).stdout, `"behavior":"deny"`);
  });
}

Deno.test("two permission requests that differ in what is masked are two", async () => {
  await using profile = await tempProfile({ env: { A_TOKEN: "hunter2-hunter2" } });
  const { generation } = await tempWorker(profile, "fix-ci");
  const ask = (question: string) =>
    raiseAsk(profile, { worker: "fix-ci", generation, question, hook: "claude" });
  const first = await ask("claude asks: use hunter2-hunter2");
  assertEquals(first.question, "claude asks: use [masked A_TOKEN]");
  assertEquals((await ask("claude asks: use rm -r")).id === first.id, false);
  const plain = await ask("claude asks: ls");
  assertEquals((await ask("claude asks: ls")).id, plain.id);
});

Deno.test("looop permission-request takes its ask back when it is stopped", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  await using asking = hook(profile);
  const id = await untilAsked(profile);
  asking.kill("SIGTERM");
  assertEquals(await asking.end, { status: 143, stdout: "", stderr: "" });
  await untilClosed(profile, id);
  assertEquals(await readFlag(profile, "fix-ci"), null);
  assertEquals(
    (await cliOn(profile, ["answer", id, "allow"])).stderr,
    `looop: cannot answer ${id}: it is closed (withdrawn)\n`,
  );
});

Deno.test("looop permission-request takes its ask back when it was answered in the session", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const transcript_path = `${profile.root}/transcript.jsonl`;
  await using asking = hook(profile, { ...TOOL, transcript_path });
  const id = await untilAsked(profile);
  const entry = (part: unknown) =>
    JSON.stringify({ timestamp: new Date().toISOString(), message: { content: [part] } }) + "\n";
  const { tool_name: name, tool_input: input } = TOOL;
  await Deno.writeTextFile(
    transcript_path,
    entry({ type: "tool_use", id: "1", name, input }) +
      entry({ type: "tool_result", tool_use_id: "1" }),
  );
  await untilClosed(profile, id);
  assertEquals(await asking.end, { status: 0, stdout: "", stderr: "" });
});

Deno.test("looop permission-request allows at once what the contract tells a worker to do", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const command = '"$LOOOP_BIN" claim issue-1';
  await using asking = hook(profile, { tool_name: "Bash", tool_input: { command } });
  const { status, stdout } = await asking.end;
  assertEquals(status, 0);
  assertEquals(JSON.parse(stdout).hookSpecificOutput.decision, { behavior: "allow" });
  assertEquals((await listAsks(profile)).asks, []);
});

Deno.test("looop permission-request says nothing on stdout, with status 1, where it cannot ask", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const fails = async (args: string[], input: string, where: TempProfile = profile) => {
    const { status, stdout, stderr } = await cliOn(where, ["permission-request", ...args], {
      input,
    });
    assertEquals([status, stdout], [1, ""]);
    return stderr;
  };
  assertEquals(
    await fails(["claude"], "{}"),
    "looop: cannot request permission: this is not inside a worker\n",
  );
  assertEquals(await fails(["pi"], "{}"), "looop: pi does not have a permission hook\n");
  const environment = { ...profile.environment, LOOOP_SESSION_ID: "fix-ci" };
  const inside = { ...profile, environment };
  assertEquals(
    await fails(["claude"], "{}", inside),
    "looop: cannot handle the input of the hook of claude: it is not a permission request\n",
  );
  await Deno.writeTextFile(profile.configPath, '{"unheard_of": 1}');
  assertMatch(await fails(["claude"], "{}", inside), /unheard_of/);
});

Deno.test("looop permission-request asks nobody where the interview reads a file or runs a sensor", async () => {
  await using profile = await tempProfile();
  const readme = `${profile.root}/README.md`;
  const requests = [
    { tool_name: "Read", tool_input: { file_path: readme } },
    { tool_name: "Bash", tool_input: { command: `cat '${readme}'` } },
    { tool_name: "Bash", tool_input: { command: `"$LOOOP_BIN" sensor test git` } },
  ];
  for (const id of ["setup", "other"]) await tempWorker(profile, id);
  const input = (request: unknown) =>
    JSON.stringify({ hook_event_name: "PermissionRequest", ...request as object });
  for (const request of requests) {
    const options = { worker: "setup", input: input(request) };
    await using asking = looopOn(profile, ["permission-request", "claude"], options);
    const { status, stdout } = await asking.end;
    assertEquals([status, JSON.parse(stdout).hookSpecificOutput.decision.behavior], [0, "allow"]);
  }
  assertEquals((await listAsks(profile)).asks, []);
  // Any other worker asks.
  const options = { worker: "other", input: input(requests[0]) };
  await using asking = looopOn(profile, ["permission-request", "claude"], options);
  await untilAsked(profile);
  asking.kill("SIGTERM");
  await asking.end;
});
