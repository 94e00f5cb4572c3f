import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import * as z from "zod/mini";
import { readSpend } from "../../../src/workers/agents/presets.ts";
import type { Spend } from "../../../src/workers/agents/agent.ts";
import { RecordReader, sumSpend } from "../../../src/workers/agents/usage.ts";

/** A worker's directory with these files of JSON lines; `DIR` in them is its path. */
async function workerDir(files: Record<string, unknown[]>) {
  const dir = await Deno.makeTempDir({ prefix: "looop-worker-" });
  for (const [name, lines] of Object.entries(files)) {
    const path = join(dir, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    const text = lines.map((line) => JSON.stringify(line) + "\n").join("");
    await Deno.writeTextFile(path, text.replaceAll("DIR", dir));
  }
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

const session = (transcript_path: string) => ({ session_id: "s", transcript_path });
const claudeAnswer = (id: string, output_tokens: number, input_tokens = 0) => ({
  type: "assistant",
  message: { id, model: "claude-opus-4-8", usage: { input_tokens, output_tokens } },
});
const piAnswer = (id: string, usage: unknown) => ({
  ...{ type: "message", id, timestamp: "t" },
  message: { role: "assistant", model: "stub", usage },
});

Deno.test("readSpend reads a transcript once, however it is spelled and linked to", async () => {
  const spellings = Array.from(
    { length: 2000 },
    (_, i) => session(`DIR/${"./".repeat(i)}one.jsonl`),
  );
  await using worker = await workerDir({
    "sessions.jsonl": [...spellings, session("DIR/two.jsonl"), session("DIR/three.jsonl")],
    "one.jsonl": [claudeAnswer("a", 3)],
  });
  await Deno.link(join(worker.dir, "one.jsonl"), join(worker.dir, "two.jsonl"));
  await Deno.symlink("one.jsonl", join(worker.dir, "three.jsonl"));
  let opened = 0;
  const reader = new RecordReader();
  const paths = [...spellings.map(({ transcript_path }) => transcript_path), "DIR/two.jsonl"]
    .map((path) => path.replace("DIR", worker.dir));
  for (const _ of reader.distinct(paths)) opened++;
  assertEquals([opened, reader.cut], [1, false]);
  assertEquals((await readSpend("claude", worker.dir))?.output_tokens, 3);
});

Deno.test("readSpend takes a cost for unknown that hides among too many records", async () => {
  const files = Array.from({ length: 1001 }, (_, i) => `pi-sessions/${i}.jsonl`);
  const usage = { input: 1, output: 1, cost: { total: 0.5 } };
  await using worker = await workerDir(
    Object.fromEntries(files.map((file, i) => [file, [piAnswer(`${i}`, usage)]])),
  );
  const spend = await readSpend("pi", worker.dir);
  assertEquals([spend?.cost_usd, spend?.cut], [null, true]);
  await Deno.remove(join(worker.dir, files[0]));
  const reader = new RecordReader();
  const left = await reader.list(join(worker.dir, "pi-sessions"));
  assertEquals([left.length, reader.cut], [1000, false]);
});

const line = z.object({ id: z.string() });
const spendOf = ({ id }: { id: string }): [string, Spend] => [
  id,
  { model: null, input_tokens: 1, cached_input_tokens: 0, output_tokens: 1, cost_usd: 0.5 },
];

for (
  const [what, limits] of [
    ["bytes", { maxBytes: 1000 }],
    ["milliseconds", { maxMs: -1 }],
  ] as const
) {
  Deno.test(`sumSpend stops after its ${what}, and says that there is more`, async () => {
    await using worker = await workerDir({
      "one.jsonl": Array.from({ length: 100 }, (_, i) => ({ id: `${i}` })),
      "two.jsonl": [{ id: "last" }],
    });
    const paths = ["one.jsonl", "two.jsonl"].map((name) => join(worker.dir, name));
    const whole = await sumSpend(paths, line, spendOf);
    assertEquals([whole?.cost_usd, whole?.cut], [50.5, undefined]);
    const reader = new RecordReader(limits);
    const part = await sumSpend(paths, line, spendOf, reader);
    assertEquals([part?.cost_usd, part?.cut], [null, true]);
    assert((part?.output_tokens ?? 0) <= 101);
  });
}

Deno.test("sumSpend adds up any number of records", async () => {
  await using worker = await workerDir({
    "one.jsonl": Array.from({ length: 200_000 }, (_, i) => ({ id: `${i}` })),
  });
  const reader = new RecordReader({ maxMs: 300_000 });
  const spend = await sumSpend([join(worker.dir, "one.jsonl")], line, spendOf, reader);
  assertEquals([spend?.output_tokens, spend?.cost_usd], [200_000, 100_000]);
});

for (
  const [what, agent, files, expected] of [
    [
      "a record of no tokens after one of many",
      "claude",
      {
        "sessions.jsonl": [session("DIR/one.jsonl")],
        "one.jsonl": [claudeAnswer("a", 500), claudeAnswer("a", 0)],
      },
      500,
    ],
    [
      "a negative count",
      "claude",
      {
        "sessions.jsonl": [session("DIR/one.jsonl")],
        "one.jsonl": [
          claudeAnswer("a", 500),
          claudeAnswer("b", -400),
          claudeAnswer("c", 0, -1e300),
        ],
      },
      500,
    ],
    [
      "a lower total of the session",
      "codex",
      {
        "sessions.jsonl": [session("DIR/one.jsonl")],
        "one.jsonl": [500, 1].map((output_tokens) => ({
          type: "event_msg",
          payload: {
            type: "token_count",
            info: { total_token_usage: { input_tokens: 0, output_tokens } },
          },
        })),
      },
      500,
    ],
    [
      "a message that shrinks",
      "opencode",
      {
        "opencode-messages.jsonl": [500, 0].map((output) => ({
          ...{ id: "a", modelID: "m", cost: 0.5 },
          tokens: { input: 0, output },
        })),
      },
      500,
    ],
    [
      "a number that no one can have",
      "pi",
      { "pi-sessions/a.jsonl": [piAnswer("1", { input: 0, output: 1e300, cost: { total: 1 } })] },
      1e12,
    ],
  ] as [string, string, Record<string, unknown[]>, number][]
) {
  Deno.test(`readSpend takes back no token of ${agent} for ${what}`, async () => {
    await using worker = await workerDir(files);
    assertEquals((await readSpend(agent, worker.dir))?.output_tokens, expected);
  });
}
