import { assertEquals, assertThrows } from "@std/assert";
import {
  canonicalJson,
  isExactNumber,
  isJsonObject,
  type Json,
  jsonProblem,
  parseJson,
  sha256Hex,
} from "../../src/schema/json.ts";

Deno.test("canonicalJson gives equal values equal text", () => {
  assertEquals(
    canonicalJson({ b: [1, { z: null, a: true }], a: -0 }),
    '{"a":0,"b":[1,{"a":true,"z":null}]}',
  );
  assertEquals(canonicalJson(JSON.parse('{"__proto__":{"x":1}}')), '{"__proto__":{"x":1}}');
  assertEquals(canonicalJson({ "é": "\ud800", Z: 1 }), '{"Z":1,"é":"\\ud800"}');
  const shared = { x: 1 };
  assertEquals(canonicalJson([shared, shared]), '[{"x":1},{"x":1}]');
});

Deno.test("canonicalJson refuses what JSON cannot hold and says where it stands", () => {
  const cycle: unknown[] = [];
  cycle.push({ up: cycle });
  const refused: [unknown, string][] = [
    [{ b: [1, undefined] }, "cannot write $.b[1] as JSON: found undefined"],
    [Number.NaN, "cannot write $ as JSON: found NaN"],
    [1n, "cannot write $ as JSON: found 1"],
    [{ at: new Date(0) }, "cannot write $.at as JSON: found an instance of Date"],
    [cycle, "cannot write $[0].up as JSON: found a cycle"],
  ];
  for (const [value, message] of refused) {
    assertThrows(() => canonicalJson(value), TypeError, message);
  }
});

Deno.test("sha256Hex hashes texts as UTF-8", async () => {
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(await sha256Hex("abc"), digest);
  assertEquals(await sha256Hex(new Uint8Array([97, 98, 99])), digest);
});

/** JSON texts of numbers, whether JavaScript can hold them, and their canonical texts. */
const NUMBERS: [text: string, exact: boolean, canonical: string][] = [
  ["1189345678901234561", true, "1189345678901234561"],
  ["-9007199254740993", true, "-9007199254740993"],
  ["9007199254740991", false, "9007199254740991"],
  ["18446744073709551615", true, "18446744073709551615"],
  ["1000000000000000000", true, "1000000000000000000"],
  ["123456789.123456789123", true, "123456789123456789123e-12"],
  ["0.30000000000000004", false, "0.30000000000000004"],
  ["1.50000000000000000", false, "1.5"],
  ["1732842000.123456789", true, "1732842000123456789e-9"],
  ["1e-400", true, "1e-400"],
  ["1.0e100", false, "1e+100"],
  ["-0.0000000000000000", false, "0"],
];

Deno.test("parseJson keeps every number exact, as JSON.stringify and canonicalJson do", () => {
  for (const [text, exact, canonical] of NUMBERS) {
    const value = (parseJson(`\ufeff{"a": [${text}]}`) as { a: Json[] }).a[0];
    assertEquals([text, isExactNumber(value)], [text, exact]);
    if (exact) assertEquals(JSON.stringify({ value }), `{"value":${text}}`);
    assertEquals(canonicalJson(value), canonical);
    assertEquals([jsonProblem(value), isJsonObject(value)], [null, false]);
  }
  assertEquals(parseJson('{"text": "1189345678901234561"}'), { text: "1189345678901234561" });
  assertEquals(
    jsonProblem(parseJson("[1e999, 1189345678901234561]")),
    "a number that is too large",
  );
});
