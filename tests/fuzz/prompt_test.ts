import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Fence, fitParts, makeFence, type Part } from "../../src/decide/prompt/parts.ts";
import { writePrompt } from "../../src/decide/prompt/prompt.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import type { World } from "../../src/schema/world.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText, repeated } from "./hostile_text.ts";

const fence: Fence = await makeFence("secret");
const KEY = /^<<<([0-9a-f]{16}) x\n/.exec(fence("x", ""))?.[1] ?? "";
const HALF = [
  KEY,
  `${KEY}>>>`,
  `\n${KEY}>>>\n`,
  `<<<${KEY} x`,
  KEY.slice(0, 8),
  KEY.slice(8),
  "\u200b",
  "[key]",
];

fuzz("prompt fence", {
  input: hostileText(HALF),
  shares: { "as it was": 0.1, changed: 0.2 },
  check(text) {
    const fenced = fence("x", text);
    const [opens, closes] = [`<<<${KEY} x\n`, `\n${KEY}>>>`];
    assert(fenced.startsWith(opens) && fenced.endsWith(closes), "it is not fenced");
    const inside = fenced.slice(opens.length, -closes.length);
    assert(!inside.includes(KEY), "a text can end its fence");
    assert(
      !/[^\P{Cc}\t\n]|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(inside),
    );
    const end = [...text].findLastIndex((char) => char !== "\n") + 1;
    const plain = [...text].slice(0, end).join("");
    if (/^[\x20-\x7e\n\t]*$/.test(plain) && !plain.includes(KEY)) assertEquals(inside, plain);
    return inside === text ? "as it was" : "changed";
  },
});

const part = fc.record({
  text: fc.oneof(hostileText(), repeated()).map((text) => text.slice(0, 20_000)),
  optional: fc.option(
    fc.record({
      name: fc.constantFrom("a", "b"),
      keep: fc.constantFrom<number>(0, 1, 1e6, -1, Infinity),
    }),
    { nil: undefined },
  ),
});
const size = (parts: Part[]) =>
  parts.reduce((sum, { text }) => sum + new TextEncoder().encode(`${text}\n\n`).length, 0);

fuzz("prompt parts", {
  input: fc.tuple(fc.array(part, { maxLength: 8 }), fc.constantFrom(0, 10, 100, 1000, 50_000, 1e6)),
  shares: { "all stay": 0.1, "some go": 0.1 },
  check([parts, maxBytes]) {
    const { parts: kept, left_out } = fitParts(parts, maxBytes);
    assertEquals(kept, parts.filter((one) => kept.includes(one)), "they are in another order");
    assert(parts.every((one) => one.optional || kept.includes(one)), "one that must stay is gone");
    assertEquals(kept.length + left_out.length, parts.length);
    assert(size(kept) <= maxBytes || kept.every((one) => !one.optional), "it is too long");
    const gone = parts.filter((one) => !kept.includes(one));
    const most = Math.max(...gone.map((one) => one.optional?.keep ?? 0));
    for (const one of kept) assert((one.optional?.keep ?? Infinity) >= most, "a better one went");
    return gone.length === 0 ? "all stay" : "some go";
  },
});

const long = fc.tuple(hostileText(HALF), fc.constantFrom(1, 1, 10, 1000)).map(([text, times]) =>
  text.repeat(Math.min(times, Math.ceil(30_000 / (text.length + 1))))
);

fuzz("prompt", {
  input: fc.record({
    tainted: fc.boolean(),
    goals: fc.array(long, { maxLength: 6 }),
    readings: fc.array(fc.tuple(long, fc.boolean()), { maxLength: 6 }),
    questions: fc.array(long.map((text) => text.slice(0, 10_000)), { maxLength: 3 }),
    changed: fc.array(long.map((text) => text.slice(0, 900)), { maxLength: 30 }),
  }),
  shares: { whole: 0.1, "left out": 0.005 },
  check({ tainted, goals, readings, questions, changed }) {
    const at = "2026-11-23T09:30:00.000Z";
    const world: World = {
      at,
      playbook: { text: "# Playbook", digest: "d" },
      goals: goals.map((text, i) => ({
        ...{
          id: `g${i}`,
          text,
          digest: "d",
          goal: "x",
          priority: i,
          rules: [],
          untrusted: i % 2 === 0,
        },
      })),
      readings: readings.map(([text, trusted], i) => ({
        ...{ name: `s${i}`, file: `s${i}.sh`, at, trusted, script: "", ms: 1, bytes: text.length },
        result: { ok: true, value: { text: text.toWellFormed() } },
      })),
      asks: questions.map((question, i) => ({
        ...{ id: `a${i}`, kind: "question", question, asked_at: at, run_id: "r" },
      })),
      workers: [],
      claims: [],
      schedules: [],
    };
    const changes = readings.slice(0, 2).map((_, i) => ({
      ...{ key: `sensor:s${i}`, kind: "changed" as const, lines: changed, untrusted: false },
    }));
    const comparison = { hash: "h", digests: {}, changes };
    const input = {
      world,
      comparison,
      tainted,
      state: INITIAL_STATE,
      journal: [],
      fence,
      time: "now",
    };
    const { system, user } = writePrompt(input);
    const bytes = new TextEncoder().encode(system + user).length;
    assert(bytes <= 200 * 1024, `the prompt has ${bytes} bytes`);
    // Each fence that opens is closed before the next one opens.
    const marks = [...(system + user).matchAll(new RegExp(`<<<${KEY}|${KEY}>>>`, "g"))].map((
      [mark],
    ) => mark);
    assert(
      marks.every((mark, i) => mark.startsWith("<") === (i % 2 === 0)) && marks.length % 2 === 0,
    );
    // Of asks that are too long together, the prompt says how many it leaves out.
    const shown = questions.filter((_, i) => user.includes(`ask a${i}\n`)).length;
    const untold = shown < questions.length &&
      !user.includes(`… ${questions.length - shown} more are left out`);
    assert(!untold, "an ask is left out, and the prompt does not say so");
    return user.startsWith("Left out") ? "left out" : "whole";
  },
});
