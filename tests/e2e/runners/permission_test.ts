import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Ask } from "../../../src/schema/ask.ts";
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

const bash = (command: string): Reply => ({
  tool: "Bash",
  input: { command, description: "work" },
});

Deno.test("the real claude asks before it does what needs permission, and the answer is the person's", async () => {
  await using loop = await deciding("claude");
  const turns = [
    bash("touch reports/allowed"),
    bash("touch reports/refused"),
    bash(`"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`),
  ];
  loop.server.reply(({ body }) => {
    const { tools = [] } = JSON.parse(body);
    if (tools.length > 0) return turns.shift() ?? { text: "Nothing is left to do." };
    return { text: `{"action":"noop","reason":"r","journal":"j"}` };
  });
  const asks = async (): Promise<Ask[]> => JSON.parse((await loop.looop("asks", "--json")).stdout);
  const asked = async (text: string): Promise<string> => {
    let id = "";
    await eventually(`an ask for ${text}`, async () => {
      const found = (await asks()).find(({ question }) => question.includes(text));
      id = found?.id ?? "";
      return found !== undefined;
    }, PROGRAM_MS);
    return id;
  };
  await loop.tick();
  await setUpByHand(loop);
  try {
    const started = await loop.looop("start-session", "w1", "Touch two files.");
    assertEquals(started.code, 0, started.stderr);
    assertEquals(
      (await loop.looop("answer", await asked("touch reports/allowed"), "allow")).code,
      0,
    );
    const refused = await asked("touch reports/refused");
    assertEquals([...Deno.readDirSync(join(loop.dataDir, "reports"))].map(({ name }) => name), [
      "allowed",
    ]);
    assertEquals((await loop.looop("answer", refused, "write a note instead", "--other")).code, 0);
    await eventually("the worker ends", async () => {
      const { stdout } = await loop.looop("ls", "--json");
      return JSON.parse(stdout)[0]?.state === "done";
    }, PROGRAM_MS);
    assertEquals([...Deno.readDirSync(join(loop.dataDir, "reports"))].map(({ name }) => name), [
      "allowed",
    ]);
    const told = loop.server.requests.some(({ body }) => body.includes("write a note instead"));
    assertEquals(told, true);
    assertStringIncludes((await loop.looop("logs", "w1")).stdout, "allowed");
    assertEquals(await asks(), []);
  } finally {
    await loop.looop("kill", "w1");
    await loop.looop("down", "--workers");
  }
});
