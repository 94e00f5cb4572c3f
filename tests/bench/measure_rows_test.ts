import { assertEquals } from "@std/assert";
import { measureRows } from "./measure_rows.ts";
import type { Figure, Row } from "./row.ts";

const figure = (what: string): Figure => ({
  ...{ what, floor: "", unit: "calls", min: 0, median: 0, max: 0, limit: 0 },
});

/** A row that notes when it begins and ends. */
function row(name: string, log: string[], more: Partial<Row> = {}): Row {
  return {
    name,
    async measure() {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`${name} ends`);
      return [figure(name)];
    },
    ...more,
  };
}

Deno.test("measureRows measures side by side only what nothing disturbs, and keeps the order of the rows", async () => {
  const log: string[] = [];
  const { figures, failures } = await measureRows(
    [row("a", log), row("b", log, { undisturbed: true }), row("c", log, { undisturbed: true })],
    { quick: true },
    () => {},
    () => Promise.resolve(void log.push("between")),
  );
  assertEquals(log, [
    ...["b begins", "c begins", "b ends", "c ends", "between"],
    ...["a begins", "a ends", "between"],
  ]);
  assertEquals(figures.map(({ what }) => what), ["a", "b", "c"]);
  assertEquals(failures, []);
});

Deno.test("measureRows tells of a row that failed, and loses none of the others", async () => {
  const log: string[] = [];
  const said: string[] = [];
  const fail = (why: string) => () => Promise.reject(new Error(why));
  const { figures, failures } = await measureRows(
    [
      row("a", log, { measure: fail("no such thing") }),
      row("b", log, { prepare: fail("no network") }),
      row("c", log),
    ],
    { quick: true },
    (line) => said.push(line),
  );
  assertEquals(figures.map(({ what }) => what), ["c"]);
  assertEquals(failures, [
    { row: "a", error: "no such thing" },
    { row: "b", error: "no network" },
  ]);
  assertEquals(said, ["a: failed in 0 s", "c: measured in 0 s"]);
  assertEquals(log, ["c begins", "c ends"]);
});
