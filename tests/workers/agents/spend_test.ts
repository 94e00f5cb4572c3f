import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { agentNamed, readSpend } from "../../../src/workers/agents/presets.ts";

/** A worker's directory with these files in it; what a file holds is written line by line. */
async function workerDir(files: Record<string, unknown[]>) {
  const dir = await Deno.makeTempDir({ prefix: "looop-worker-" });
  for (const [name, lines] of Object.entries(files)) {
    const path = join(dir, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    const text = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line) + "\n");
    await Deno.writeTextFile(path, text.join("").replaceAll("DIR", dir));
  }
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

const session = (name: string) => ({ session_id: name, transcript_path: `DIR/${name}.jsonl` });
const claudeAnswer = (id: string, output_tokens: number, model = "claude-opus-4-8") => ({
  type: "assistant",
  message: { id, model, usage: { input_tokens: 2, cache_read_input_tokens: 5, output_tokens } },
});
const piAnswer = (id: string, total?: number) => ({
  type: "message",
  id,
  timestamp: "2026-11-23T05:38:16.728Z",
  message: {
    role: "assistant",
    model: "stub",
    usage: { input: 2, output: 3, cacheRead: 5, cacheWrite: 1, cost: total && { total } },
  },
});

Deno.test("readSpend is null where nothing was recorded, and for a program of one's own", async () => {
  await using worker = await workerDir({});
  for (const name of ["pi", "claude", "codex", "opencode", "gone"]) {
    assertEquals(await readSpend(name, worker.dir), null);
  }
  assertEquals(await readSpend("mine", worker.dir, { mine: { worker: "x" } }), null);
});

Deno.test("claude's spend counts each answer once, over its sessions and subagents", async () => {
  await using worker = await workerDir({
    "sessions.jsonl": [session("one"), session("one"), session("two")],
    "one.jsonl": [
      claudeAnswer("a", 1),
      claudeAnswer("a", 3),
      claudeAnswer("error", 0, "<synthetic>"),
      "no JSON\n",
    ],
    "one/subagents/agent-1.jsonl": [claudeAnswer("b", 10)],
    "two.jsonl": [claudeAnswer("c", 100), `{"type":"assistant","message":{"id":"d","mod`],
    "claude-status.json": [{ cost: { total_cost_usd: 0.5 } }],
  });
  assertEquals(await readSpend("claude", worker.dir), {
    model: "claude-opus-4-8",
    input_tokens: 21,
    cached_input_tokens: 15,
    output_tokens: 113,
    cost_usd: 0.5,
  });
  await Deno.remove(join(worker.dir, "claude-status.json"));
  assertEquals((await readSpend("claude", worker.dir))?.cost_usd, null);
});

Deno.test("claude's dollars add up over its programs, of which a later one may begin at the total of the one before", async () => {
  const total = (usd: number) => [{ cost: { total_cost_usd: usd } }];
  await using worker = await workerDir({
    "claude-status.json": total(0.5),
    "claude-status.json.first": total(0.25),
    // It was killed before this one, and ended by itself before the next.
    "claude-status-1.json": total(0.125),
    "claude-status-1.json.first": total(0),
    "claude-status-2.json": total(1),
    "claude-status-2.json.first": total(0.125),
    "claude-status-2.json.new": total(9),
  });
  assertEquals((await readSpend("claude", worker.dir))?.cost_usd, 0.5 + 0.125 + 0.875);
});

Deno.test("pi's spend counts what a forked session repeats once; a missing price makes it unknown", async () => {
  await using worker = await workerDir({
    "pi-sessions/a.jsonl": [{ type: "session" }, piAnswer("1", 0.5)],
    "pi-sessions/b.jsonl": [{ type: "session" }, piAnswer("1", 0.5), piAnswer("2", 0.25)],
  });
  assertEquals(await readSpend("pi", worker.dir), {
    model: "stub",
    input_tokens: 16,
    cached_input_tokens: 10,
    output_tokens: 6,
    cost_usd: 0.75,
  });
  const unpriced = JSON.stringify(piAnswer("3")) + "\n";
  await Deno.writeTextFile(join(worker.dir, "pi-sessions", "c.jsonl"), unpriced);
  assertEquals((await readSpend("pi", worker.dir))?.cost_usd, null);
});

Deno.test("codex's spend is the last total of each session, without a price", async () => {
  const total = (output_tokens: number) => ({
    type: "event_msg",
    payload: {
      type: "token_count",
      info: { total_token_usage: { input_tokens: 10, cached_input_tokens: 4, output_tokens } },
    },
  });
  await using worker = await workerDir({
    "sessions.jsonl": [session("one"), session("two"), session("not-there-yet")],
    "one.jsonl": [{ type: "turn_context", payload: { model: "gpt-5" } }, total(1), total(2)],
    "two.jsonl": [total(40), `{"type":"event_msg","payload":{"type":"tok`],
  });
  assertEquals(await readSpend("codex", worker.dir), {
    model: "gpt-5",
    input_tokens: 20,
    cached_input_tokens: 8,
    output_tokens: 42,
    cost_usd: null,
  });
});

Deno.test("opencode's spend takes the last word on each message", async () => {
  const message = (id: string, output: number, cost: number) => ({
    ...{ id, modelID: "stub", cost },
    tokens: { input: 2, output, reasoning: 1, cache: { read: 5, write: 0 } },
  });
  await using worker = await workerDir({
    "opencode-messages.jsonl": [message("a", 0, 0), message("a", 3, 0.5), message("b", 1, 0.25)],
  });
  assertEquals(await readSpend("opencode", worker.dir), {
    model: "stub",
    input_tokens: 14,
    cached_input_tokens: 10,
    output_tokens: 6,
    cost_usd: 0.75,
  });
});

Deno.test("readSpend takes a runner whose record is broken for unknown", async () => {
  await using worker = await workerDir({});
  await Deno.mkdir(join(worker.dir, "sessions.jsonl"));
  assertEquals(await readSpend("claude", worker.dir), null);
  assertEquals(agentNamed("claude").name, "claude");
});

const NO_TOKENS = { input_tokens: null, cached_input_tokens: null, output_tokens: null };

for (
  const [agent, what, files, spend] of [
    [
      "claude",
      "its transcript is missing",
      { "claude-status.json": [{ cost: { total_cost_usd: 0.5 } }] },
      { model: null, ...NO_TOKENS, cost_usd: 0.5 },
    ],
    [
      "claude",
      "its transcript has no answer",
      {
        ...{ "sessions.jsonl": [session("one")], "one.jsonl": [{ type: "summary" }] },
        "claude-status.json": [{ cost: { total_cost_usd: 0.5 } }],
      },
      { model: null, ...NO_TOKENS, cost_usd: 0.5 },
    ],
    [
      "pi",
      "an answer has no tokens",
      {
        "pi-sessions/a.jsonl": [{
          ...{ type: "message", id: "a", timestamp: "t" },
          message: { role: "assistant", model: "stub", usage: { cost: { total: 0.5 } } },
        }],
      },
      { model: "stub", ...NO_TOKENS, cached_input_tokens: 0, cost_usd: 0.5 },
    ],
    [
      "pi",
      "one of two answers has null for its tokens",
      {
        "pi-sessions/a.jsonl": [piAnswer("a", 0.25), {
          ...{ type: "message", id: "b", timestamp: "t" },
          message: {
            ...{ role: "assistant", model: "stub" },
            usage: { input: null, output: null, cost: { total: 0.25 } },
          },
        }],
      },
      { model: "stub", ...NO_TOKENS, cached_input_tokens: 5, cost_usd: 0.5 },
    ],
    [
      "opencode",
      "a message has no tokens",
      { "opencode-messages.jsonl": [{ id: "a", modelID: "m", cost: 0.5 }] },
      { model: "m", ...NO_TOKENS, cost_usd: 0.5 },
    ],
    [
      "opencode",
      "a message has null for its tokens",
      { "opencode-messages.jsonl": [{ id: "a", modelID: "m", cost: 0.5, tokens: null }] },
      { model: "m", ...NO_TOKENS, cost_usd: 0.5 },
    ],
  ] as [string, string, Record<string, unknown[]>, unknown][]
) {
  Deno.test(`${agent}'s dollars count where ${what}`, async () => {
    await using worker = await workerDir(files);
    assertEquals(await readSpend(agent, worker.dir), spend);
  });
}

Deno.test("claude's spend is none where its status line has no dollars and its transcript no answer", async () => {
  await using worker = await workerDir({
    "claude-status.json": [{ cost: { total_cost_usd: 0 } }, { cost: null }],
  });
  assertEquals(await readSpend("claude", worker.dir), null);
});
