import { assertEquals } from "@std/assert";
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
  const messages: Told[] = JSON.parse((await loop.looop("told", id, "--json")).stdout);
  return messages.map(({ text, delivered }) => `${text}: ${delivered?.via ?? "queued"}`);
}

/** Whether the model was sent this text. */
const isSent = ({ server }: Deciding, text: string) =>
  server.requests.some(({ body }) => body.includes(text));

Deno.test("the real claude receives a message after its next tool call, while it works", async () => {
  await using loop = await deciding("claude");
  const turns: Reply[] = [
    { tool: "Bash", input: { command: "touch reports/one", description: "work" } },
    {
      tool: "Bash",
      input: { command: `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`, description: "end" },
    },
  ];
  loop.server.reply(({ body }) => {
    const { tools = [] } = JSON.parse(body);
    if (tools.length > 0) return turns.shift() ?? { text: "Nothing is left to do." };
    return { text: `{"action":"noop","reason":"r","journal":"j"}` };
  });
  await loop.tick();
  await setUpByHand(loop);
  try {
    const started = await loop.looop("start-session", "w1", "Touch a file.");
    assertEquals(started.code, 0, started.stderr);
    await eventually("it asks for permission", async () => {
      return JSON.parse((await loop.looop("asks", "--json")).stdout).length === 1;
    }, PROGRAM_MS);
    assertEquals((await loop.looop("tell", "w1", "skip the flaky test")).code, 3);
    assertEquals(await told(loop, "w1"), ["skip the flaky test: queued"]);
    assertEquals((await loop.looop("answer", "allow")).code, 0);
    await eventually("the model is sent it", () => isSent(loop, "skip the flaky test"), PROGRAM_MS);
    assertEquals(await told(loop, "w1"), ["skip the flaky test: hook"]);
  } finally {
    await loop.looop("kill", "w1");
    await loop.looop("down", "--workers");
  }
});

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

Deno.test("the real opencode receives a message with the result of its next tool call", async () => {
  await using loop = await deciding("opencode");
  const turns: Reply[] = [
    { tool: "bash", input: { command: "echo painted", description: "work" } },
  ];
  loop.server.reply(({ body }) => {
    const { tools = [] } = JSON.parse(body);
    if (tools.length > 0) return turns.shift() ?? { text: "Done." };
    return { text: `{"action":"noop","reason":"r","journal":"j"}` };
  });
  await loop.tick();
  try {
    const started = await loop.looop("start-session", "w1", "Paint.");
    assertEquals(started.code, 0, started.stderr);
    assertEquals((await loop.looop("tell", "w1", "in blue, please")).code, 3);
    await eventually("the model is sent it", () => isSent(loop, "in blue, please"), PROGRAM_MS);
    assertEquals(await told(loop, "w1"), ["in blue, please: hook"]);
  } finally {
    await loop.looop("kill", "w1");
    await loop.looop("down", "--workers");
  }
});
