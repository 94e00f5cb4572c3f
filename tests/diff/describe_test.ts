import { assert, assertEquals } from "@std/assert";
import { describeChange } from "../../src/diff/describe.ts";
import { canonicalJson, type Json } from "../../src/schema/json.ts";
import { timeRatio } from "../support/time_ratio.ts";

/** The change of a signal, the old one as the baseline keeps it. */
function ofSignal(was: Json, now: Json): Promise<string[]> {
  return describeChange("sensor:s", typeof was === "string" ? was : canonicalJson(was), now);
}

Deno.test("describeChange names each place that differs", async () => {
  assertEquals(
    await ofSignal(
      { ci: { status: "green", run: 1 }, open: [1, 2, { a: 1 }], gone: null },
      { ci: { status: "red", run: 1 }, open: [1, 3, { a: 2 }, 4], new: [] },
    ),
    [
      `ci.status: "green" → "red"`,
      "gone: removed, was null",
      "new: added []",
      "open[1]: 2 → 3",
      "open[2].a: 1 → 2",
      "open[3]: added 4",
    ],
  );
  assertEquals(await ofSignal(3, 4), ["value: 3 → 4"]);
  assertEquals(await ofSignal({ a: 1 }, [1]), [`value: {"a":1} → [1]`]);
  assertEquals(await ofSignal({ a: 1 }, JSON.parse(`{"a":1,"__proto__":2}`)), [
    "__proto__: added 2",
  ]);
});

Deno.test("describeChange tells texts from the JSON that they look like", async () => {
  assertEquals(await ofSignal("green", "red"), ["was green", "now red"]);
  assertEquals(await ofSignal("5", "6"), ["was 5", "now 6"]);
  assertEquals(await ofSignal("5", 5), ["was 5", "now 5"]);
  assertEquals(await ofSignal({ up: true }, "down"), [`was {"up":true}`, "now down"]);
});

Deno.test("describeChange names the lines that a text lost and won", async () => {
  assertEquals(await describeChange("playbook", "a\nb\nc\n", "a\nB\nc\nd\n"), [
    "- b",
    "+ B",
    "+ d",
  ]);
  assertEquals(await describeChange("playbook", null, "whole"), []);
  assertEquals(await describeChange("goal:tea", "b", null), ["was b"]);
  assertEquals(await describeChange("playbook", "the end…", "the end… of it"), [
    "- the end…",
    "+ the end… of it",
  ]);
});

Deno.test("describeChange compares no further than the baseline kept", async () => {
  const long = "x\n".repeat(2000);
  const was = `${long.slice(0, 1999)}…`;
  assertEquals(await describeChange("playbook", was, `${long}more`), [
    "changed beyond its first 2,000 characters",
  ]);
  assertEquals(await describeChange("playbook", was, `y\n${long}`), ["+ y"]);
});

Deno.test("describeChange cuts long values, long paths and long lists", async () => {
  const [line] = await ofSignal({ k: "a".repeat(500) }, { k: "b".repeat(500) });
  assertEquals(line, `k: "${"a".repeat(198)}… → "${"b".repeat(198)}…`);
  const [path] = await ofSignal({}, { ["k".repeat(5000)]: 1 });
  assertEquals(path, `${"k".repeat(899)}…`);
  const many = await ofSignal([], Array.from({ length: 100 }, (_, i) => i));
  assertEquals(many.slice(-2), ["[39]: added 39", "… and 60 more lines"]);
  assertEquals(await describeChange("sensor:s", null, "x".repeat(5000)), [
    `now ${"x".repeat(399)}…`,
  ]);
  const cutJson = `{"a":"${"x".repeat(1993)}…`;
  assertEquals(await describeChange("sensor:s", cutJson, { a: 1 }), [
    `was ${cutJson.slice(0, 399)}…`,
    `now {"a":1}`,
  ]);
});

Deno.test("describeChange of a text that was rewritten whole takes linear time", async () => {
  const rewrites = (length: number) => async () => {
    const now = Array.from({ length }, (_, i) => `${i}\n`).join("");
    assertEquals(await describeChange("playbook", "a\n".repeat(900), now), [
      `rewritten: 900 lines before, ${length} now`,
    ]);
  };
  const ratio = await timeRatio(rewrites(2000), rewrites(20_000), 3);
  assert(ratio < 30, `ten times the lines take ${ratio} times as long`);
});
