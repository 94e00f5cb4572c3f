import { assertEquals, assertThrows } from "@std/assert";
import { parseSince } from "../../../src/cli/commands/journal.ts";
import { tickOnce } from "../../../src/loop/run.ts";
import { UsageError } from "../../../src/schema/errors.ts";
import type { Move } from "../../../src/schema/move.ts";
import { cliOn } from "../../support/cli_on.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

/** Local time. */
const NOW = new Date(2026, 10, 25, 9, 30);

const profileAt = (files: Record<string, string> = {}) =>
  tempProfile({ clock: { now: () => NOW, sleep: () => Promise.resolve() }, files });

async function texts(profile: TempProfile, ...args: string[]): Promise<string[]> {
  const { stdout } = await cliOn(profile, ["journal", "--json", ...args]);
  return JSON.parse(stdout).map(({ text }: { text: string }) => text);
}

Deno.test("parseSince reads today, yesterday, days, times of day and durations, and refuses the rest", () => {
  const cases: [text: string, Date][] = [
    ["today", new Date(2026, 10, 25)],
    ["yesterday", new Date(2026, 10, 24)],
    ["2026-11-23", new Date(2026, 10, 23)],
    ["2026-11-23 16:20", new Date(2026, 10, 23, 16, 20)],
    ["2026-11-23T16:20", new Date(2026, 10, 23, 16, 20)],
    ["2h", new Date(2026, 10, 25, 7, 30)],
    ["3d", new Date(NOW.getTime() - 3 * 86_400_000)],
  ];
  for (const [text, at] of cases) assertEquals(parseSince(text, NOW), at, text);
  for (const text of ["", "tomorrow", "2026-13-01", "2026-11-23 25:00", "16:20", "2 weeks"]) {
    const error = assertThrows(() => parseSince(text, NOW), UsageError);
    assertEquals(
      error.message,
      `${text} is not a time; use today, yesterday, 2026-11-23, "2026-11-23 09:30", 90s, 2h or 3d`,
    );
  }
});

Deno.test("looop journal shows the last lines with their times, those since a time, and no notes", async () => {
  const old = Array.from(
    { length: 30 },
    (_, i) => `- 2026-11-2${i < 20 ? 2 : 4} 10:${10 + i} line ${i}`,
  );
  await using profile = await profileAt({
    "journal.md": [...old, "a note of mine", "- 2026-11-25 09:00 ~ said so", ""].join("\n"),
    "archive/journal-2026-11-20T000000.000Z.md":
      "- 2026-11-19 08:00 long ago\n- 2026-11-20 08:00 later\n",
  });
  const { stdout } = await cliOn(profile, ["journal"]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals([lines.length, lines[0], lines.at(-1)], [
    21,
    "13 older entries: --since TIME",
    "2026-11-25 09:00  ~ said so",
  ]);
  assertEquals((await texts(profile, "--since", "yesterday")).length, 11);
  assertEquals(await texts(profile, "--since", "today"), ["said so"]);
  assertEquals((await texts(profile, "--since", "2026-11-20")).slice(0, 2), ["later", "line 0"]);
  assertEquals((await texts(profile, "--since", "2026-11-01"))[0], "long ago");
  const json = JSON.parse((await cliOn(profile, ["journal", "--json", "--since", "2h"])).stdout);
  assertEquals(json, [{
    at: new Date(2026, 10, 25, 9).toISOString(),
    text: "said so",
    tainted: true,
  }]);
  assertEquals((await cliOn(profile, ["journal", "--since", "5m"])).stdout, "no entries\n");
  assertEquals((await cliOn(profile, ["journal", "--since", "soon"])).status, 2);
});

Deno.test("looop journal --goal has the moves that serve a goal, its edits, and what became of its asks", async () => {
  const goal = (text: string) => `---\ngoal: ${text}\n---\n`;
  // The time of a commit is that of the machine.
  await using profile = await tempProfile({
    files: {
      "goals/tea.md": goal("tea"),
      "goals/teapot.md": goal("pot"),
    },
  });
  const push: Move = {
    action: "run",
    command: "git push; :",
    journal: "pushes tea",
    goal: "tea",
    more: true,
  };
  const ask: Move = {
    action: "ask",
    question: "Which pot?",
    journal: "asked about the pot",
    goal: "teapot",
    more: true,
  };
  const write: Move = {
    action: "write_goal",
    id: "tea",
    body: goal("green tea"),
    journal: "greener",
  };
  const decider = scripted(push, ask, write, noop({ journal: "looked" }));
  for (let i = 0; i < 3; i++) await tickOnce(profile, { decider: decider.decide });
  const [{ id }] = JSON.parse((await cliOn(profile, ["asks", "--json"])).stdout);
  await cliOn(profile, ["reject", id, "not today"]);
  await tickOnce(profile, { decider: decider.decide });
  await cliOn(profile, ["goal", "archive", "tea", "--why", "all drunk"]);
  assertEquals(await texts(profile, "--goal", "tea"), [
    `wants to run, needs your approval: ${id}: pushes tea`,
    "greener",
    `rejected run: pushes tea (${id}: not today)`,
    "archived goals/tea.md: all drunk",
  ]);
  const pot = await texts(profile, "--goal", "teapot");
  assertEquals(pot.map((text) => text.slice(0, 19)), ["asked about the pot"]);
  assertEquals(await texts(profile, "--goal", "nope"), []);
  assertEquals((await texts(profile)).length, 6);
  assertEquals((await cliOn(profile, ["journal", "--goal", "../x"])).status, 1);
});
