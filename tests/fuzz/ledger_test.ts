import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readLedger } from "../../src/budget/ledger.ts";
import type { LedgerLine } from "../../src/schema/ledger.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";

const number = fc.constantFrom<number | null>(null, 0, 1, 0.02, 12_345);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const line = fc.record({
  ts: fc.constantFrom("2026-11-23T09:30:00.000Z", "2026-11-22T09:30:00Z"),
  kind: fc.constantFrom("tick", "run", "worker"),
  id: fc.constant("r1"),
  goal: maybe(fc.constantFrom(null, "green")),
  runner: fc.constant("pi"),
  model: maybe(fc.constantFrom(null, "m")),
  cost_usd: number,
  input_tokens: maybe(number),
  cached_input_tokens: maybe(number),
  output_tokens: maybe(number),
  duration_ms: maybe(number),
});

const profile = await tempProfile();
const { ledger } = profile.paths;
globalThis.addEventListener("unload", () => Deno.removeSync(profile.root, { recursive: true }));
const since = new Date("2026-11-23T00:00:00Z");

fuzz("ledger", {
  input: fc.array(jsonTexts(line).map((text) => text.replaceAll("\n", " ")), {
    minLength: 1,
    maxLength: 2,
  }),
  deadlineMs: ON_DISK_MS,
  shares: { accepted: 0.1, refused: 0.2 },
  async check(texts) {
    await Deno.writeTextFile(ledger, texts.join("\n") + "\n");
    const broken: string[] = [];
    const all = await read(null, broken);
    assertEquals(all.length + broken.length, texts.filter((text) => text.trim() !== "").length);
    for (const line of all) assertLine(line);
    const late = await read(since, []);
    assertEquals(late, all.filter(({ ts }) => Date.parse(ts) >= since.getTime()));
    return all.length > 0 ? "accepted" : "refused";
  },
});

async function read(since: Date | null, broken: string[]): Promise<LedgerLine[]> {
  const all: LedgerLine[] = [];
  const input = { since, onBroken: (text: string) => void broken.push(text) };
  for await (const lines of readLedger(profile, input)) all.push(...lines);
  return all;
}

function assertLine(line: LedgerLine): void {
  assert(!Number.isNaN(Date.parse(line.ts)), `${line.ts} is no time`);
  assert(["tick", "run", "worker"].includes(line.kind));
  assert(typeof line.id === "string" && typeof line.runner === "string");
  for (const text of [line.goal, line.model]) assert(text === null || typeof text === "string");
  const { cost_usd, input_tokens, cached_input_tokens, output_tokens, duration_ms } = line;
  for (const amount of [cost_usd, input_tokens, cached_input_tokens, output_tokens, duration_ms]) {
    assert(amount === null || Number.isFinite(amount) && amount >= 0, `an amount of ${amount}`);
  }
}
