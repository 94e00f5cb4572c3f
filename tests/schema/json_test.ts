import { assertEquals, assertThrows } from "@std/assert";
import { canonicalJson, sha256Hex } from "../../src/schema/json.ts";

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
