import { assert, assertEquals } from "@std/assert";
import { isJsonObject } from "../../src/schema/json.ts";
import { parseOutput } from "../../src/sense/output.ts";

function parse(text: string) {
  return parseOutput(new TextEncoder().encode(text));
}

function nested(levels: number): string {
  return '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
}

const EXPECTED = "a sensor must print one JSON object";
const ERRORS: [title: string, output: string, error: string][] = [
  ["an empty output", "", `it printed nothing: ${EXPECTED}`],
  ["white space alone", " \n\t\n", `it printed nothing: ${EXPECTED}`],
  ["prose", "all is well", `its output is not JSON: ${EXPECTED}`],
  ["two objects", "{}\n{}", `its output is not JSON: ${EXPECTED}`],
  ["NaN", '{"a":NaN}', `its output is not JSON: ${EXPECTED}`],
  ["an array", "[1]", `it printed a JSON array: ${EXPECTED}`],
  ["a number", "7", `it printed a JSON number: ${EXPECTED}`],
  ["a string", '"x"', `it printed a JSON string: ${EXPECTED}`],
  ["null", "null", `it printed null: ${EXPECTED}`],
  ["a number beyond all", '{"a":[1e999]}', "it printed a number that is too large"],
  ["101 levels", nested(101), "it printed JSON that is nested deeper than 100 levels"],
  ["10,000 levels", nested(10_000), "it printed JSON that is nested deeper than 100 levels"],
];

for (const [title, output, error] of ERRORS) {
  Deno.test(`parseOutput() refuses ${title}`, () => {
    assertEquals(parse(output), { ok: false, error });
  });
}

Deno.test("parseOutput() refuses what is not UTF-8", () => {
  assertEquals(parseOutput(new Uint8Array([0x7b, 0xff, 0x7d])), {
    ok: false,
    error: "its output is not valid UTF-8",
  });
});

Deno.test("parseOutput() takes one object, 100 levels deep at most", () => {
  assertEquals(parse(' {"signal": 1, "detail": [null, "ü"]}\n'), {
    ok: true,
    value: { signal: 1, detail: [null, "ü"] },
  });
  assertEquals(parse(nested(100)).ok, true);
});

Deno.test("parseOutput() takes the last of two equal keys", () => {
  assertEquals(parse('{"a":1,"a":2}'), { ok: true, value: { a: 2 } });
});

Deno.test("parseOutput() keeps a __proto__ key as a plain one", () => {
  const result = parse('{"__proto__":{"polluted":true}}');
  assert(result.ok && isJsonObject(result.value));
  assert(Object.hasOwn(result.value, "__proto__"));
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
  assertEquals(JSON.stringify(result.value), '{"__proto__":{"polluted":true}}');
});
