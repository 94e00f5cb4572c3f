import { assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { numberSchema, wholeSchema } from "../../src/model/number_schema.ts";
import { recordOf } from "../../src/model/record_of.ts";
import { schemaOf } from "../../src/model/schema_of.ts";
import { openObject, refuseLists, strictObject } from "../../src/model/strict_object.ts";
import { timeSchema } from "../../src/model/time_schema.ts";

/** Each issue as `path: message`, or the value. */
function check(schema: v.GenericSchema, data: unknown): unknown {
  const parsed = schemaOf(schema).safeParse(data);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map(({ path, message }) =>
    `${path.map(String).join(".")}: ${message}`
  );
}

const cup = strictObject({ size: v.picklist(["small", "big"]), at: v.optional(timeSchema) });

Deno.test("schemaOf names every issue and where it is, in parse too", () => {
  const schema = schemaOf(strictObject({ cups: v.array(cup), name: v.string() }));
  const data = { cups: [{ size: "huge" }, { size: "big", ice: 1, straw: 2 }, {}] };
  const message = `not valid:\n` +
    `  cups.0.size: found "huge", expected one of "small", "big"\n` +
    `  cups.1: unknown key "ice", "straw": allowed are size, at\n` +
    `  cups.2.size: found nothing, expected one of "small", "big"\n` +
    `  name: found nothing, expected string`;
  assertEquals(assertThrows(() => schema.parse(data), Error).message, message);
  assertEquals(schema.parse({ cups: [], name: "x" }), { cups: [], name: "x" });
});

Deno.test("schemaOf's safeParse throws for nothing that can be looked at", () => {
  const hostile = [
    new Proxy({}, { get: () => fail(), has: () => fail() }),
    Object.defineProperty({}, "size", { get: fail, enumerable: true }),
    Object.create({}, { constructor: { get: fail } }),
  ];
  const said = [": cannot be checked: no", ": cannot be checked: no", "size: expected"];
  for (const [i, data] of hostile.entries()) {
    const issues = check(cup, data) as string[];
    assertEquals(issues.length, 1);
    assertEquals(issues[0].slice(0, said[i].length), said[i]);
  }
});

function fail(): never {
  throw new Error("no");
}

Deno.test("objects are no lists, and keys of any name are keys", () => {
  const open = openObject({ size: v.optional(v.string(), "small") });
  assertEquals(check(open, { ice: 1 }), { size: "small" });
  const choice = refuseLists(v.variant("size", [cup]));
  for (const schema of [open, cup, choice, recordOf(v.string())]) {
    for (const data of [[], null, undefined, "x"]) {
      assertEquals(check(schema, data), [": expected object"]);
    }
  }
  const keys = JSON.parse(`{"__proto__": 1, "constructor": 2}`);
  assertEquals(check(cup, { ...keys, size: "big" }), [
    `: unknown key "__proto__", "constructor": allowed are size, at`,
  ]);
});

Deno.test("recordOf keeps every key but __proto__, and says in which one something is wrong", () => {
  const data = JSON.parse(`{"__proto__": 1, "constructor": 2, "prototype": 3, "a": 4}`);
  assertEquals(check(recordOf(v.number()), data), { constructor: 2, prototype: 3, a: 4 });
  assertEquals(
    check(strictObject({ cups: recordOf(cup) }), { cups: { constructor: { ice: 1 } } }),
    [
      `cups.constructor.size: expected one of "small", "big"`,
      `cups.constructor: unknown key "ice": allowed are size, at`,
    ],
  );
});

Deno.test("numberSchema takes what JSON can hold, wholeSchema what a double holds exactly", () => {
  for (const number of [0, -0, 1.5, 1e300]) assertEquals(check(numberSchema, number), number);
  assertEquals(check(numberSchema, JSON.parse("1e999")), [": expected a finite number"]);
  assertEquals(check(numberSchema, NaN), [": expected number"]);
  assertEquals(check(wholeSchema, 2 ** 53 - 1), 2 ** 53 - 1);
  for (const number of [0.5, 2 ** 53, Infinity]) {
    assertEquals(check(wholeSchema, number), [": expected a whole number"]);
  }
});

Deno.test("timeSchema takes times in UTC that there are", () => {
  for (
    const time of ["2026-11-23T09:30:00.000Z", "2024-02-29T00:00:00Z", "2000-02-29T23:59:59.1Z"]
  ) {
    assertEquals(check(timeSchema, time), time);
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
    const why = ": must be a time in UTC, such as 2026-11-23T09:30:00.000Z";
    assertEquals(check(timeSchema, time), [why], time);
  }
});
