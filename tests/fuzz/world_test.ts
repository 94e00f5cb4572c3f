import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { describeChange } from "../../src/diff/describe.ts";
import { compareWorld } from "../../src/diff/diff.ts";
import { canonicalJson, type Json, type JsonObject } from "../../src/schema/json.ts";
import { baselineOf, entryOf } from "../../src/schema/state.ts";
import { type GoalFile, wakesOf, type World } from "../../src/schema/world.ts";
import { fuzz } from "./fuzz.ts";
import { hostileJson } from "./hostile_json.ts";
import { hostileText, mutated } from "./hostile_text.ts";

/** The same value with the keys of its objects the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse().map(([key, item]) => [key, turned(item)]);
  return Object.fromEntries(entries);
}

fuzz("canonical JSON", {
  input: fc.tuple(hostileJson(), hostileJson(), fc.nat(9))
    .map(([a, b, copy]) => [a, copy === 0 ? turned(a) : b]),
  shares: { same: 0.05, different: 0.5 },
  check([a, b]) {
    const text = canonicalJson(a);
    assertEquals(canonicalJson(turned(a)), text);
    assertEquals(canonicalJson(JSON.parse(text)), text);
    // Compared by what JSON itself says of them, keys sorted by it alone.
    const same = sorted(a) === sorted(b);
    assertEquals(text === canonicalJson(b), same);
    return same ? "same" : "different";
  },
});

function sorted(value: unknown): string {
  return JSON.stringify(
    value,
    (_, item) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => a < b ? -1 : 1))
        : item,
  );
}

const id = fc.constantFrom("a", "b", "ab", "a-b");
const someWorld = fc.record({
  playbook: fc.constantFrom("", "x", "goal:a", "x\n"),
  goals: fc.uniqueArray(fc.tuple(id, fc.constantFrom("", "x", "y:1")), {
    selector: ([id]) => id,
    maxLength: 3,
  }),
  readings: fc.uniqueArray(
    fc.tuple(id, fc.oneof(fc.constantFrom<unknown>(1, "1", {}), hostileJson())),
    {
      selector: ([id]) => id,
      maxLength: 3,
    },
  ),
});
type SomeWorld = { playbook: string; goals: [string, string][]; readings: [string, unknown][] };

function worldOf({ playbook, goals, readings }: SomeWorld): World<GoalFile> {
  return {
    at: "t",
    playbook: { text: playbook, digest: "d" },
    goals: goals.map(([id, text]) => ({ id, text, digest: "d", error: "not parsed" })),
    readings: readings.map(([name, signal]) => ({
      ...{ name, file: `${name}.sh`, at: "t", trusted: true, script: "", ms: 0, bytes: 0 },
      result: { ok: true, value: { signal } as JsonObject },
    })),
    ...{ asks: [], workers: [], claims: [], schedules: [] },
  };
}

fuzz("world hash", {
  input: fc.tuple(someWorld, someWorld, fc.boolean()),
  shares: { same: 0.3, different: 0.3 },
  async check([one, two, isCopy]) {
    const [a, b] = [worldOf(one), worldOf(isCopy ? turned(one) as SomeWorld : two)];
    const same = canonicalJson(wakesOf(a)) === canonicalJson(wakesOf(b));
    const baseline = await baselineOf(wakesOf(a));
    const [ofA, ofB] = [await compareWorld(a, baseline), await compareWorld(b, baseline)];
    assertEquals(ofA.changes, []);
    assertEquals(ofA.hash === ofB.hash, same);
    assertEquals(ofB.changes.length === 0, same);
    return same ? "same" : "different";
  },
});

const entry = fc.oneof(
  hostileJson(),
  hostileText(),
  mutated(fc.constant("one\ntwo\nthree\n".repeat(300))),
);

fuzz("description of a change", {
  input: fc.tuple(
    fc.constantFrom("sensor:git", "playbook", "goal:a"),
    fc.option(entry, { nil: undefined, freq: 5 }),
    entry,
  ),
  shares: { told: 0.5 },
  async check([key, before, after]) {
    const now =
      (key === "sensor:git" || typeof after === "string" ? after : JSON.stringify(after)) as Json;
    const was = before === undefined ? null : (await entryOf(before as Json)).was;
    const lines = await describeChange(key, was, now);
    assert(lines.length <= 41, `${lines.length} lines`);
    for (const line of lines) assert(line.length <= 900, `a line of ${line.length} characters`);
    return lines.length > 0 ? "told" : "nothing";
  },
});
