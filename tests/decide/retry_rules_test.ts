import { assertEquals } from "@std/assert";
import type { Wakes } from "../../src/schema/world.ts";
import { goal, loop, now } from "./rule_loop.ts";

const later = (seconds: number) => ({ now: new Date(now.getTime() + seconds * 1000) });
const RED: Wakes = { "sensor:ci": { red: true } };

Deno.test("fireRule tries a rule again whose move failed: at once, then with growing pauses", async () => {
  const { decide, fail } = loop([goal("a", 0, { red: "sensors.ci.red" })]);
  assertEquals(await decide(RED, []), "a/red");
  fail("a/red", 1);
  assertEquals(await decide(RED, []), "a/red");
  const pauses = [[2, 60], [3, 120], [4, 240], [5, 480], [6, 900], [50, 900]];
  for (const [failures, seconds] of pauses) {
    fail("a/red", failures);
    assertEquals(await decide(RED, [], later(seconds - 1)), "-", `${failures}`);
    assertEquals(await decide(RED, [], later(seconds)), "a/red", `${failures}`);
  }
  // It succeeds: the rule has fired.
  assertEquals(await decide(RED, [], later(9999)), "-");
});

Deno.test("fireRule tries a failed rule sooner where the world has changed, three times", async () => {
  const { decide, fail } = loop([goal("a", 0, { red: "sensors.ci.red" })]);
  await decide(RED, []);
  for (const [failures, fired] of [[2, "a/red"], [3, "a/red"], [4, "-"]] as const) {
    fail("a/red", failures);
    assertEquals(await decide(RED, [], { hash: "w" }), "-");
    assertEquals(await decide(RED, [], { hash: "other" }), fired, `${failures}`);
  }
});

Deno.test("fireRule waits no longer for a failed rule when the clock was set back", async () => {
  const { decide, fail } = loop([goal("a", 0, { red: "sensors.ci.red" })]);
  await decide(RED, []);
  fail("a/red", 2);
  assertEquals(await decide(RED, [], later(-3600)), "a/red");
});

Deno.test("fireRule does not try a rule again that no longer matches, and takes new values for a new reason", async () => {
  const { decide, fail, fired } = loop([goal("a", 0, { red: "sensors.ci.red" })]);
  await decide(RED, []);
  fail("a/red", 4);
  assertEquals(await decide({ "sensor:ci": { red: false } }, [], later(9999)), "-");
  assertEquals(fired(), []);
  assertEquals(await decide(RED, []), "a/red");
  fail("a/red", 4);
  assertEquals(await decide({ "sensor:ci": { red: true, n: 2 } }, []), "a/red");
});

Deno.test("fireRule lets other rules have their turn while a failed one waits", async () => {
  const goals = [goal("a", 1, { red: "sensors.ci.red" }), goal("b", 0, { red: "sensors.ci.red" })];
  const { decide, fail } = loop(goals);
  assertEquals(await decide(RED, []), "a/red");
  fail("a/red", 2);
  assertEquals(await decide(RED, []), "b/red");
  // Both are due: the first one fires, and the other one waits on.
  fail("b/red", 2);
  assertEquals(await decide(RED, [], later(60)), "a/red");
  assertEquals(await decide(RED, [], later(60)), "b/red");
  assertEquals(await decide(RED, [], later(9999)), "-");
});

Deno.test("fireRule counts a failed rule whose effect already holds as fired", async () => {
  let holds = false;
  const { decide, fail } = loop([goal("a", 0, { red: "sensors.ci.red" })], () => holds);
  await decide(RED, []);
  fail("a/red", 1);
  holds = true;
  assertEquals(await decide(RED, []), "-");
  holds = false;
  assertEquals(await decide(RED, [], later(9999)), "-");
});
