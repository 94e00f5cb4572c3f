import { assertEquals } from "@std/assert";
import * as z from "zod/mini";
import {
  asWritten,
  describeIssues,
  jsonSchema,
  maxLength,
  minLength,
  textSchema,
  utcTimeSchema,
} from "../../src/schema/schema.ts";

/** The value, or what is wrong with it. */
function check(schema: z.ZodMiniType, data: unknown): unknown {
  const parsed = schema.safeParse(data);
  return parsed.success ? parsed.data : describeIssues(schema, data).split("\n");
}

const cup = z.strictObject({ size: z.enum(["small", "big"]), at: z.optional(utcTimeSchema) });

Deno.test("describeIssues names the key, the expected value and the value found", () => {
  const schema = z.strictObject({
    cups: z.array(cup),
    name: z.string(),
    sugar: z.int().check(z.minimum(1), z.lt(9)),
    tags: z.optional(z.array(z.string()).check(minLength(1), maxLength(2))),
    hot: z.optional(z.boolean()),
    kind: z.optional(z.literal("tea")),
  });
  const cups = [{ size: "huge" }, { size: "big", ice: 1, sice: 2 }, {}];
  assertEquals(check(schema, { cups, sugar: 0, tags: [], hot: "no", kind: 1 }), [
    '  `cups.0.size` must be one of small, big; found "huge"',
    "  `cups.1`: unknown key `ice`, `sice` (did you mean `size`?); allowed are size, at",
    "  `cups.2.size` is missing (one of small, big)",
    "  `name` is missing (text)",
    "  `sugar` must be at least 1; found 0",
    "  `tags` must not be empty; found []",
    '  `hot` must be true or false; found "no"',
    '  `kind` must be "tea"; found 1',
  ]);
  assertEquals(check(schema, { cups: 1, name: "x", sugar: 9.5, tags: ["", "", ""] }), [
    "  `cups` must be a list; found 1",
    "  `sugar` must be a whole number; found 9.5",
    '  `tags` must have at most 2 items; found ["","",""]',
  ]);
  assertEquals(describeIssues(schema, { cups: [], name: "x", sugar: 1 }), "");
});

Deno.test("describeIssues names the action of a move that lacks a key, and where a part of a file is", () => {
  const schema = z.discriminatedUnion("action", [
    z.strictObject({ action: z.literal("run"), command: textSchema(5) }),
    z.strictObject({ action: z.literal("noop") }),
  ]);
  assertEquals(check(schema, { action: "run" }), ["  `run` needs `command` (text)"]);
  assertEquals(check(schema, {}), ["  `action` is missing (one of run, noop)"]);
  assertEquals(check(schema, { action: "walk" }), [
    '  `action` must be one of run, noop; found "walk"',
  ]);
  const within = ["rules", 0, "do"];
  assertEquals(
    describeIssues(schema, { action: "run" }, within),
    "  `rules.0.do`: `run` needs `command` (text)",
  );
  assertEquals(
    describeIssues(schema, { action: "run", command: "too long" }, within),
    '  `rules.0.do.command` must have at most 5 characters; found "too long"',
  );
  assertEquals(
    describeIssues(schema, [], within),
    "  `rules.0.do` must be an object; found []",
  );
});

Deno.test("describeIssues quotes hostile keys and values, each issue in one short line", () => {
  const key = "a\n`b";
  assertEquals(check(z.record(z.string(), z.number()), { [key]: "x\ny" }), [
    '  "a\\n`b" must be a number; found "x\\ny"',
  ]);
  assertEquals(check(cup, { size: "big", [key]: 1 }), [
    '  unknown key "a\\n`b"; allowed are size, at',
  ]);
  assertEquals(check(z.string(), ["x".repeat(100)]), [
    `  must be text; found ["${"x".repeat(75)}...`,
  ]);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (
    const [data, shown] of [[cycle, "an object that JSON cannot hold"], [1n, "1"], [NaN, "NaN"]]
  ) {
    assertEquals(check(z.string(), data), [`  must be text; found ${shown}`]);
  }
});

Deno.test("objects are not lists, and keys of any name are keys", () => {
  const open = z.object({ size: z._default(z.string(), "small") });
  assertEquals(check(open, { ice: 1 }), { size: "small" });
  for (const schema of [open, cup, z.record(z.string(), z.string())]) {
    for (
      const [data, found] of [[[], "[]"], [null, "null"], [undefined, "nothing"], ["x", '"x"']]
    ) {
      assertEquals(check(schema, data), [`  must be an object; found ${found}`]);
    }
  }
  const keys = JSON.parse(`{"__proto__": 1, "constructor": 2}`);
  assertEquals(check(z.record(z.string(), z.number()), keys), { constructor: 2 });
  assertEquals(check(cup, { ...keys, size: "big" }), [
    "  unknown key `__proto__`, `constructor`; allowed are size, at",
  ]);
});

Deno.test("minLength and maxLength skip what is neither text nor a list", () => {
  const text = z.string().check(minLength(1), maxLength(2));
  const odd = { length: { toString: null, valueOf: null } };
  assertEquals(check(text, odd), [`  must be text; found ${JSON.stringify(odd)}`]);
  assertEquals(check(text, ""), ['  must not be empty; found ""']);
  assertEquals(check(text, "abc"), ['  must have at most 2 characters; found "abc"']);
});

Deno.test("jsonSchema refuses what JSON cannot hold, and what is nested too deeply", () => {
  const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  for (const data of [Infinity, { a: [undefined] }, 1n, deep]) {
    assertEquals(jsonSchema.safeParse(data).success, false);
  }
  assertEquals(check(jsonSchema, { a: [null, 1e300] }), { a: [null, 1e300] });
});

Deno.test("asWritten keeps a value as it is, and refuses what its schema refuses", () => {
  const schema = z.object({ text: asWritten(z.strictObject({ a: textSchema(9) })) });
  assertEquals(check(schema, { text: { a: " b " } }), { text: { a: " b " } });
  assertEquals(check(schema, { text: { a: " ", b: 1 } }), [
    '  `text.a` must not be empty; found " "',
    "  `text`: unknown key `b`; allowed are a",
  ]);
  assertEquals(check(schema, {}), ["  `text` is missing (object)"]);
});

Deno.test("utcTimeSchema takes times in UTC that there are", () => {
  for (
    const time of ["2026-11-23T09:30:00.000Z", "2024-02-29T00:00:00Z", "2000-02-29T23:59:59.1Z"]
  ) {
    assertEquals(check(utcTimeSchema, time), time);
  }
  for (
    const time of [
      "2026-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-11-23T24:00:00Z",
      "2026-11-23T09:30Z",
      "2026-11-23T09:30:00+00:00",
      "2026-11-23 09:30:00Z",
      "2026-11-23T09:30:00Z\n",
    ]
  ) {
    const why = "  must be a time in UTC, such as 2026-11-23T09:30:00.000Z; found ";
    assertEquals(check(utcTimeSchema, time), [why + JSON.stringify(time)], time);
  }
});
