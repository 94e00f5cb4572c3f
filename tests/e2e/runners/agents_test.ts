import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Agent } from "../../../src/workers/agents/agent.ts";
import { resolvedInSession } from "../../../src/workers/agents/permission_hook.ts";
import { agentNamed } from "../../../src/workers/agents/presets.ts";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { installRunners } from "./install_runners.ts";
import type { Reply } from "./reply.ts";
import { MESSAGE, type WorkerSession, workerSession } from "./worker_session.ts";

/** Dollars for one answer of the model server, as `price` in isolated_home.ts has it. */
const ANSWER_USD = 0.00207;

/** Over 200 KiB; in lines, as pi takes minutes to show a single word of that length. */
const LONG = `${"Some words of a long task, and then more.\n".repeat(5000)}the-end`;

await installRunners();

/** The model's call of the program's own tool for shell commands. */
function shell(agent: string, command: string): Reply {
  if (agent !== "codex") {
    return { tool: agent === "claude" ? "Bash" : "bash", input: { command, description: "d" } };
  }
  const sandbox_permissions = "require_escalated";
  return { tool: "exec_command", input: { cmd: command, sandbox_permissions, justification: "j" } };
}

/** The model's last turn. */
const QUIT = shell("claude", `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`);

/** Makes the program one that its person has set up and let into the directory; see the README for why. */
async function setUp(agent: Agent, session: WorkerSession): Promise<void> {
  const { dir } = session.home;
  if (agent.name === "claude") {
    await Deno.writeTextFile(
      join(dir, ".claude.json"),
      JSON.stringify({
        hasCompletedOnboarding: true,
        customApiKeyResponses: { approved: ["dummy"], rejected: [] },
        projects: { [session.dataDir]: { hasTrustDialogAccepted: true } },
      }),
    );
  }
  if (agent.name === "opencode") {
    const file = join(dir, ".config", "opencode", "opencode.json");
    const config = JSON.parse(await Deno.readTextFile(file));
    await Deno.writeTextFile(file, JSON.stringify({ ...config, permission: { bash: "ask" } }));
  }
}

for (const name of ["claude", "codex", "opencode"]) {
  const agent = agentNamed(name);

  Deno.test(`${name} asks the person by its hook, from a detached session`, async () => {
    await using session = await workerSession([
      shell(name, "touch allowed"),
      shell(name, "touch refused"),
      shell(name, `"$LOOOP_BIN" claim issue-1`),
      shell(name, `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`),
    ], { prompt: LONG });
    await setUp(agent, session);
    assertEquals(await agent.findObstacle?.(session.dataDir, session.home.env) ?? null, null);
    assertEquals(await agent.readSpend(session.workerDir), null);
    await session.start(agent);

    await asks(session, 1);
    assertStringIncludes((await session.asked())[0].question, "touch allowed");
    assertEquals(await session.exists("allowed"), false);
    await session.answer("allow");
    await asks(session, 2);
    assertEquals(await session.exists("allowed"), true);
    await session.answer("use printf instead");
    await session.ended();

    assertEquals(await session.exists("refused"), false);
    assert(session.server.requests.some(({ body }) => body.includes("use printf instead")));
    assertEquals(await session.called(), ["claim issue-1"]);
    assertEquals((await session.asked()).length, 2);
    const transcript = await Deno.readTextFile(join(session.workerDir, "transcript"));
    assertStringIncludes(transcript, "allowed");

    const spend = await agent.readSpend(session.workerDir);
    // Codex and opencode note an answer once the tools that it calls have ended: the last one ends the program too, which
    // may come first.
    const answers = (spend?.input_tokens ?? 0) / 1200;
    assert(
      answers === 4 || answers === 3 && name !== "claude",
      `${answers} answers of 4 are noted`,
    );
    assertEquals(
      [spend?.cached_input_tokens, spend?.output_tokens],
      [800, 42].map((count) => answers * count),
    );
    const cost = spend?.cost_usd ?? null;
    if (name === "codex") assertEquals(cost, null);
    else if (name === "opencode") assertEquals(cost?.toFixed(5), (answers * ANSWER_USD).toFixed(5));
    else assert(cost !== null && cost > 0);
  });
}

Deno.test("pi does what the model says without asking, on a prompt of 200 KiB", async () => {
  const pi = agentNamed("pi");
  await using session = await workerSession([
    shell("pi", `touch made; "$LOOOP_BIN" ask w1 'what now?'`),
    shell("pi", `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`),
  ], { prompt: LONG });
  await session.start(pi);
  await session.ended();
  assertEquals(await session.exists("made"), true);
  assertEquals(await session.called(), ["ask w1 what now?"]);
  const { body } = session.server.requests[0];
  assertStringIncludes(body, "and then more.\\nthe-end");
  assertStringIncludes(body, "Do the task that this file describes.");
  const spend = await pi.readSpend(session.workerDir);
  assertEquals([spend?.model, spend?.input_tokens, spend?.output_tokens], ["stub", 2400, 84]);
  assertEquals(spend?.cost_usd?.toFixed(5), (2 * ANSWER_USD).toFixed(5));
});

Deno.test("claude asks once whether the directory is trusted, which a person answers in the session", async () => {
  const claude = agentNamed("claude");
  await using session = await workerSession([shell("claude", "touch made"), QUIT]);
  await setUp(claude, session);
  const since = new Date();
  const file = join(session.home.dir, ".claude.json");
  const known = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, JSON.stringify({ ...known, projects: {} }));
  const obstacle = () => claude.findObstacle?.(session.dataDir, session.home.env);
  assertEquals(
    await obstacle(),
    { why: `Claude Code asks whether you trust ${session.dataDir}`, decides: false },
  );
  await session.start(claude);
  await eventually(
    "it asks",
    async () => (await session.screen()).includes("Yes, I trust this folder"),
    PROGRAM_MS,
  );
  assertEquals(session.server.requests.length, 0);
  await session.keys("Enter");
  await asks(session, 1);
  assertEquals(await obstacle(), null);

  const [{ stdin }] = await session.asked();
  const { transcript_path } = JSON.parse(stdin);
  const settled = async () => {
    // It writes its record some time after it has asked.
    const transcript = await Deno.readTextFile(transcript_path).catch(() => "");
    return resolvedInSession(stdin, transcript, since);
  };
  assertEquals(await settled(), false);
  await session.keys("Enter");
  await eventually("it is settled", settled, PROGRAM_MS);
  assertEquals(await session.exists("made"), true);
  await session.ended();
});

for (const name of ["pi", "claude", "codex", "opencode"]) {
  Deno.test(`${name} goes on with its last session and a first message, and what it spent adds up`, async () => {
    const agent = agentNamed(name);
    await using session = await workerSession([{ text: "first answer" }, { text: "second" }]);
    await setUp(agent, session);
    const spent = async () => (await agent.readSpend(session.workerDir))?.output_tokens ?? 0;
    await session.start(agent);
    await withScreen(
      session,
      eventually("it has answered", async () => await spent() === 42, PROGRAM_MS),
    );
    const dollars = async () => (await agent.readSpend(session.workerDir))?.cost_usd ?? 0;
    let first = 0;
    if (name !== "codex") {
      // Claude Code shows them a moment later.
      await eventually("it costs dollars", async () => (first = await dollars()) > 0, PROGRAM_MS);
    }
    await session.start(agent, "resume");
    await withScreen(
      session,
      eventually("it has answered again", async () => await spent() === 84, PROGRAM_MS),
    );
    // Requests without tools ask for a title.
    const turns = session.server.requests.filter(({ body }) => /"tools":\[\{/.test(body));
    const { body } = turns.findLast(({ body }) => body.includes("green"))!;
    assertStringIncludes(body, JSON.stringify(MESSAGE).slice(1, -1));
    // What it answered may not be recorded yet, but what it was asked is.
    assertStringIncludes(
      body,
      name === "pi" ? "this file describes" : "do the task that it describes",
    );
    if (name === "codex") return;
    await eventually(
      "the dollars add up",
      async () => await dollars() > 1.2 * first,
      PROGRAM_MS,
    );
  });
}

for (const name of ["pi", "claude", "codex", "opencode"]) {
  Deno.test(`${name} has nothing to go on with before a session is recorded`, async () => {
    const workerDir = await Deno.makeTempDir();
    try {
      const [message, messageFile] = ["Go on.", join(workerDir, "message.md")];
      const input = { promptFile: "/p", workerDir, cwd: workerDir, message, messageFile };
      assertEquals(await agentNamed(name).resume?.(input), null);
    } finally {
      await Deno.remove(workerDir, { recursive: true });
    }
  });
}

async function asks(session: WorkerSession, count: number): Promise<void> {
  const asked = async () => (await session.asked()).length === count;
  await withScreen(session, eventually(`${count} questions are asked`, asked, PROGRAM_MS));
}

/** What waited in vain says what there was to see. */
async function withScreen(session: WorkerSession, waiting: Promise<void>): Promise<void> {
  await waiting.catch(async (error) => {
    throw new Error(await session.screen(), { cause: error });
  });
}
