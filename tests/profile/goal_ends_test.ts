import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkGoal } from "../../src/decide/rules.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { needsObservation } from "../../src/schema/progress.ts";

const of = (yaml: string) => parseGoal("ship", `---\ngoal: Ship it\n${yaml}\n---\n`, "");

Deno.test("parseGoal reads a due date with its zone, as an offset or a name", () => {
  for (
    const [due, utc] of [
      ["2026-12-01T17:00+01:00", "2026-12-01T16:00:00.000Z"],
      ["2026-12-01T17:00:30Z", "2026-12-01T17:00:30.000Z"],
      ["2026-12-01 17:00 -0330", "2026-12-01T20:30:00.000Z"],
      ["2026-12-01 17:00 Europe/Berlin", "2026-12-01T16:00:00.000Z"],
      ["2026-07-01T17:00[Europe/Berlin]", "2026-07-01T15:00:00.000Z"],
      [`"2026-12-01 17:00 UTC"`, "2026-12-01T17:00:00.000Z"],
      ["2027-03-28 02:30 Europe/Berlin", "2027-03-28T01:30:00.000Z"],
      ["2026-11-01 01:30 America/New_York", "2026-11-01T05:30:00.000Z"],
    ]
  ) assertEquals(of(`due: ${due}`).due, utc, due);
});

Deno.test("parseGoal refuses a due date without a zone, and one that does not exist", () => {
  for (
    const due of [
      ...["2026-12-01", "2026-12-01T17:00", "2026-12-01 17:00:00", "tomorrow", "17:00+01:00", "5"],
      ...["2026-02-30T17:00Z", "2026-12-01T25:00Z", "2026-12-01 17:00 Europe/Bonn"],
      "2026-12-01T17:00+99:00",
    ]
  ) {
    const { error = "", due: read } = of(`due: ${due}`);
    assertEquals(read, undefined);
    assertStringIncludes(error, "`due` must be ", due);
  }
});

Deno.test("parseGoal reads stall, metric and budget_usd, and refuses what they cannot be", () => {
  assertEquals(of("stall: 2d").stall_ms, 172_800_000);
  assertEquals(of("stall: 90m").stall_ms, 5_400_000);
  assertEquals(of("budget_usd: 0.5").budget_usd, 0.5);
  assertEquals(of("metric: {value: sensors.a.n, from: 12, to: -1.5}").metric, {
    ...{ value: "sensors.a.n", from: 12, to: -1.5 },
  });
  for (
    const [yaml, key] of [
      ["stall: soon", "stall"],
      ["stall: 0s", "stall"],
      ["stall: 2", "stall"],
      ["budget_usd: 0", "budget_usd"],
      ["budget_usd: $5", "budget_usd"],
      ["metric: sensors.a.n", "metric"],
      ["metric: {from: 1, to: 2}", "metric.value"],
      ["metric: {value: sensors.a.n, start: 1}", "metric"],
      ["done: true", "done"],
    ]
  ) assertStringIncludes(of(yaml).error ?? "", `\`${key}\``, yaml);
});

Deno.test("parseGoal makes done the first rule, whose name no other may have", () => {
  const rule = (name: string) =>
    `rules: [{name: ${name}, when: "true", do: {action: noop, reason: x}}]`;
  const { rules } = of(`done: sensors.a.ok\n${rule("r")}`);
  assertEquals(rules.map(({ name, ends }) => [name, ends]), [["done", true], ["r", undefined]]);
  assertEquals(rules[0].do, {
    ...{ action: "archive_goal", id: "ship", goal: "ship", more: false },
    journal: "goal ship is done: Ship it",
  });
  assertStringIncludes(of(`done: sensors.a.ok\n${rule("done")}`).error ?? "", "`rules.0.name`");
  assertEquals(of(rule("done")).error, undefined);
});

Deno.test("checkGoal names the expression of a goal that is wrong", async () => {
  const check = async (yaml: string) => await checkGoal(of(yaml));
  const metric = "metric: {value: sensors.a.n}\n";
  for (
    const [yaml, problem] of [
      [`${metric}done: metric <= 0 && now > timestamp("2026-12-01T00:00:00Z")`, null],
      ["done: metric <= 0", "done: reads metric, but the goal has none: metric <= 0"],
      ["done: '1'", "done: returns int; it must return true or false: 1"],
      [`done: "'a' in changed"`, "done: Unknown variable: changed: 'a' in changed"],
      ["done: tainted", "done: Unknown variable: tainted: tainted"],
      ["metric: {value: now.getHours()}", "metric: Unknown variable: now: now.getHours()"],
      [
        `metric: {value: "'a'"}\ndone: sensors.a.ok`,
        "metric: returns string; it must return a number: 'a'",
      ],
    ]
  ) assertEquals(await check(yaml!), problem && `goals/ship.md: ${problem}`);
});

Deno.test("needsObservation finds goals with criteria in whatever notation, and what a tick has noted", () => {
  const now = new Date("2026-11-23T09:00:00Z");
  const record = { since: "2026-11-22T09:00:00.000Z", turn: null };
  const needed = (text: string, records = {}, lateS = 0, settled = {}) =>
    needsObservation([{ text }], records, { now, lateS, settled });
  for (const text of ["done: x", "{goal: a, due: b}", `"stall": 2d`, "metric : {value: x}"]) {
    assertEquals(needed(text), true, text);
  }
  assertEquals(needed("goal: Get it done\npriority: 3"), false);
  assertEquals(needed("", { a: record }), false);
  for (
    const noted of [{ holds: "t" }, { due: "t" }, { stalled: "t" }, {
      metric: { value: 0, at: "t" },
    }]
  ) {
    assertEquals(needed("", { a: { ...record, ...noted } }), true);
  }
  assertEquals(needed("", { a: record }, 86_400), true);
  assertEquals(needed("", { a: record }, 86_401), false);
  assertEquals(needed("", { a: { ...record, turn: "2026-11-23T08:00:00.000Z" } }, 86_400), false);
  assertEquals(needed("", { a: record }, 86_400, { "waiting:a": record.since }), false);
});
