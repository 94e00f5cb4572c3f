import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Told } from "../../../src/schema/worker.ts";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { type Deciding, deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";
import type { Reply } from "./reply.ts";

await installRunners();

/** What a person does once by hand, before claude can work alone: log in, and trust the directory. */
async function setUpByHand({ env, dataDir }: Deciding): Promise<void> {
  const known = {
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: ["dummy"], rejected: [] },
    projects: { [await Deno.realPath(dataDir)]: { hasTrustDialogAccepted: true } },
  };
  await Deno.writeTextFile(join(env.HOME, ".claude.json"), JSON.stringify(known));
}

/** What was told to a worker, and how it received it. */
async function told(loop: Deciding, id: string): Promise<string[]> {
  const messages: (Told & { state: string })[] = JSON.parse(
    (await loop.looop("told", id, "--json")).stdout,
  );
  return messages.map(({ text, state, delivered }) => `${text}: ${delivered?.via ?? state}`);
}

/** Whether the model was sent this text. */
const isSent = ({ server }: Deciding, text: string) =>
  server.requests.some(({ body }) => body.includes(text));

/** The model's call of the program's own tool for shell commands. */
function shell(runner: string, command: string): Reply {
  if (runner === "claude") return { tool: "Bash", input: { command, description: "work" } };
  const sandbox_permissions = "require_escalated";
  return { tool: "exec_command", input: { cmd: command, sandbox_permissions, justification: "j" } };
}

/** Allows what the worker asks for next. */
async function allow(loop: Deciding): Promise<void> {
  await eventually("it asks for permission", async () => {
    return JSON.parse((await loop.looop("asks", "--json")).stdout).length === 1;
  }, PROGRAM_MS);
  assertEquals((await loop.looop("answer", "allow")).code, 0);
}

for (const runner of ["claude", "codex"]) {
  Deno.test(`the real ${runner} acts on a message that comes while it works; one too late is reported`, async () => {
    await using loop = await deciding(runner);
    const said: string[] = [];
    /** The model begins with one tool call, makes another once it has read the message, and then hangs. */
    const next = (body: string): Reply => {
      const step = said.length === 0
        ? "one"
        : body.includes("skip the flaky test") && said.length === 1
        ? "skipped"
        : null;
      if (step === null) return { hang: true };
      said.push(step);
      return shell(runner, `touch reports/${step}`);
    };
    loop.server.reply(({ body }) => {
      const { tools = [] } = JSON.parse(body);
      if (tools.length > 0) return next(body);
      return { text: `{"action":"noop","reason":"r","journal":"j"}` };
    });
    await loop.tick();
    if (runner === "claude") await setUpByHand(loop);
    try {
      const started = await loop.looop("start-session", "w1", "Touch a file.");
      assertEquals(started.code, 0, started.stderr);
      await eventually("it asks for permission", async () => {
        return JSON.parse((await loop.looop("asks", "--json")).stdout).length === 1;
      }, PROGRAM_MS);
      assertEquals((await loop.looop("tell", "w1", "skip the flaky test")).code, 3);
      assertEquals(await told(loop, "w1"), ["skip the flaky test: queued"]);
      await allow(loop);
      await allow(loop);
      await eventually("it acts on it", async () => {
        return await Deno.stat(join(loop.dataDir, "reports", "skipped")).then(
          () => true,
          () => false,
        );
      }, PROGRAM_MS);
      assertEquals(await told(loop, "w1"), ["skip the flaky test: hook"]);

      assertEquals((await loop.looop("tell", "w1", "and water the plants")).code, 3);
      assertEquals((await loop.looop("kill", "w1")).code, 0);
      assertEquals(await told(loop, "w1"), [
        "skip the flaky test: hook",
        "and water the plants: undelivered",
      ]);
      const [worker] = JSON.parse((await loop.looop("ls", "--json")).stdout);
      assertEquals([worker.id, worker.alive, worker.undelivered], ["w1", false, 1]);
      await loop.tick();
      assertStringIncludes(
        await loop.read("journal.md"),
        'worker w1 ended with 1 undelivered message: "and water the plants"',
      );
    } finally {
      await loop.looop("kill", "w1");
      await loop.looop("down", "--workers");
    }
  });
}

for (const runner of ["claude", "codex"]) {
  Deno.test(`the real ${runner} receives a message before it stops, and goes on`, async () => {
    await using loop = await deciding(runner);
    loop.server.reply(({ body }) => {
      const { tools = [] } = JSON.parse(body);
      return { text: tools.length > 0 ? "Done." : `{"action":"noop","reason":"r","journal":"j"}` };
    });
    await loop.tick();
    if (runner === "claude") await setUpByHand(loop);
    try {
      const started = await loop.looop("start-session", "w1", "Say that you are done.");
      assertEquals(started.code, 0, started.stderr);
      assertEquals((await loop.looop("tell", "w1", "and water the plants")).code, 3);
      await eventually(
        "the model is sent it",
        () => isSent(loop, "and water the plants"),
        PROGRAM_MS,
      );
      assertEquals(await told(loop, "w1"), ["and water the plants: hook"]);
    } finally {
      await loop.looop("kill", "w1");
      await loop.looop("down", "--workers");
    }
  });
}
