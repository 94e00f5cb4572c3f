import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";
import type { ModelRequest } from "./model_server.ts";
import type { Reply } from "./reply.ts";

await installRunners();

const START = {
  action: "start_worker",
  id: "paint",
  prompt: "Ask which colour is wanted, and write it to reports/paint.md.",
  verify: "ls reports/paint.md",
  journal: "started a painter",
  more: false,
};
const NOOP = { action: "noop", reason: "seen", journal: "saw the painter end" };

/** What the model of the worker says, turn by turn: ask, write down the answer, end. */
const WORKER: Reply[] = [
  {
    tool: "bash",
    input: {
      command:
        `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "Which colour?" --options red,blue > reports/paint.md`,
    },
  },
  { tool: "bash", input: { command: `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"` } },
];

Deno.test("the real pi works as a worker: it asks, reads the answer, reports and ends", async () => {
  await using loop = await deciding("pi");
  const decisions: ModelRequest[] = [];
  const turns = [...WORKER];
  loop.server.reply((request) => {
    if (!request.system.includes("You are the decider of looop")) {
      return turns.shift() ?? { text: "Nothing is left to do." };
    }
    decisions.push(request);
    return { text: JSON.stringify(decisions.length === 1 ? START : NOOP) };
  });
  try {
    assertEquals((await loop.tick()).outcome, "moved");
    let id = "";
    await eventually("the worker asks", async () => {
      const { stdout } = await loop.looop("status", "--json");
      const { asks, workers } = JSON.parse(stdout);
      id = asks[0]?.id ?? "";
      return workers[0]?.id === "paint" && workers[0].state === "waiting" && workers[0].flagged;
    }, PROGRAM_MS);
    assertStringIncludes((await loop.looop("asks")).stdout, "Which colour?");
    assertEquals((await loop.tick()).outcome, "idle");
    const answered = await loop.looop("answer", id, "blue");
    assertEquals(answered.code, 0, answered.stderr);
    await eventually("the worker ends", async () => {
      const { stdout } = await loop.looop("ls", "--json");
      return JSON.parse(stdout).some((worker: { state: string }) => worker.state === "done");
    }, PROGRAM_MS);
    assertEquals((await loop.read("reports/paint.md")).trim(), "blue");
    assertEquals((await loop.tick()).outcome, "moved");
    assertEquals(decisions.length, 2);
    assertStringIncludes(decisions[1].prompt, "worker paint: done");
    assertStringIncludes(decisions[1].prompt, "verify passed");
    assertEquals((await loop.tick()).outcome, "idle");
    const lines = (await loop.ledger()).filter(({ kind }) => kind === "worker");
    assertEquals(lines.length, 1);
    assert((lines[0].cost_usd ?? 0) > 0, "pi's own records tell what it cost");
  } finally {
    await loop.looop("kill", "paint");
    await loop.looop("down", "--workers");
  }
  assertEquals([...Deno.readDirSync(join(loop.dataDir, "claims"))], []);
});
