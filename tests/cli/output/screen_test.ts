import { assertEquals } from "@std/assert";
import { PulseScreen, WatchScreen } from "../../../src/cli/output/screen.ts";
import { PLAIN } from "../../../src/cli/output/view.ts";
import { UserError } from "../../../src/schema/errors.ts";
import type { TickResult } from "../../../src/schema/tick_result.ts";
import { memoryTerminal } from "../../support/memory_terminal.ts";
import { tempProfile } from "../../support/temp_profile.ts";

const clock = {
  now: () => new Date(2026, 10, 23, 9, 30, 12),
  sleep: () => Promise.resolve(),
};
const idle: TickResult = { outcome: "idle", hash: "ab" };
const parked: TickResult = {
  outcome: "parked",
  hash: "ab",
  why: "no quota",
  until: clock.now().toISOString(),
};

Deno.test("PulseScreen prints an idle tick into a pipe only when something else was before", async () => {
  await using profile = await tempProfile({ clock });
  const terminal = memoryTerminal();
  const screen = new PulseScreen(terminal, profile, PLAIN);
  for (const result of [idle, idle, parked, parked, idle, idle]) await screen.showTick(result, 60);
  assertEquals(terminal.stdout.split("\n"), [
    "09:30:12 idle: nothing changed (next in 60 s)",
    "09:30:12 stopped deciding until 2026-11-23 09:30: no quota (next in 60 s)",
    "         to retry at once: looop resume",
    "09:30:12 idle: nothing changed (next in 60 s)",
    "",
  ]);
});

Deno.test("PulseScreen writes idle ticks over one line of a terminal, cut to its width", async () => {
  await using profile = await tempProfile({ clock });
  const terminal = memoryTerminal({ columns: 30 });
  const screen = new PulseScreen(terminal, profile, { ...PLAIN, columns: 30 });
  await screen.showTick(idle, 60);
  await screen.showTick(idle, 55);
  assertEquals([terminal.stdout, terminal.statuses], ["", [
    "09:30:12 idle: nothing chang…",
    "09:30:12 idle: nothing chang…",
  ]]);
});

Deno.test("PulseScreen shows what waits for a human when that changes", async () => {
  await using profile = await tempProfile({ clock });
  const ask = (id: string) =>
    profile.write(
      `asks/${id}.json`,
      JSON.stringify({
        ...{ id, kind: "question", question: `${id}?`, run_id: "r1" },
        asked_at: `2026-11-23T09:00:0${id.slice(1)}.000Z`,
      }),
    );
  const terminal = memoryTerminal({ columns: 60 });
  const screen = new PulseScreen(terminal, profile, PLAIN);
  await ask("q1");
  await screen.showTick(idle, 60);
  await screen.showTick(idle, 60);
  await ask("q2");
  await screen.showTick(idle, 60);
  assertEquals(terminal.stdout.split("\n"), [
    "⚑ 1 ask needs you; details: looop asks",
    "  looop asks: q1?",
    '    looop answer q1 "…"',
    "⚑ 2 asks need you; details: looop asks",
    "  looop asks: q1?",
    '    looop answer q1 "…"',
    "  looop asks: q2?",
    '    looop answer q2 "…"',
    "",
  ]);
});

Deno.test("PulseScreen tells an error once, and shows progress set apart", async () => {
  await using profile = await tempProfile({ clock });
  const terminal = memoryTerminal();
  const screen = new PulseScreen(terminal, profile, PLAIN);
  const error = new UserError("state.json is broken");
  screen.showError(error, 60);
  screen.showError(error, 120);
  assertEquals(
    terminal.stderr,
    "looop: state.json is broken\nlooop: retrying in 60 s\n",
  );
  screen.showProgress("thinking\x1b[2J\n\nof it\n");
  assertEquals(terminal.stdout, "    thinking\\x1b[2J\n    of it\n");
});

const ENTER = "\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J";
const LEAVE = "\x1b[2J\x1b[1;1H\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[23;2t";

Deno.test("WatchScreen draws in place, tells what has no room, and leaves the terminal as it was", () => {
  const terminal = memoryTerminal({ columns: 20, rows: 3 });
  {
    using screen = new WatchScreen(terminal, new AbortController().signal);
    screen.draw(["a", "b"]);
    screen.draw(["a", "b", "c", "d"]);
  }
  assertEquals(
    terminal.stdout,
    `${ENTER}\x1b[1;1H\x1b[2Ka\x1b[2;1H\x1b[2Kb\x1b[3;1H\x1b[J` +
      `\x1b[3;1H\x1b[2K… 2 more${LEAVE}`,
  );
});

Deno.test("WatchScreen leaves at once when it is stopped, and then draws no more", () => {
  const terminal = memoryTerminal({ columns: 20, rows: 3 });
  const stop = new AbortController();
  {
    using screen = new WatchScreen(terminal, stop.signal);
    stop.abort("SIGINT");
    assertEquals(terminal.stdout, ENTER + LEAVE);
    screen.draw(["late"]);
  }
  assertEquals(terminal.stdout, ENTER + LEAVE);
});

Deno.test("WatchScreen writes only the lines that changed, and all of them in a new size", () => {
  const size = { columns: 20, rows: 4 };
  const terminal = memoryTerminal();
  terminal.columns = () => size.columns;
  terminal.rows = () => size.rows;
  using screen = new WatchScreen(terminal, new AbortController().signal);
  const written = (lines: string[]) => {
    terminal.stdout = "";
    screen.draw(lines);
    return terminal.stdout;
  };
  screen.draw(["a", "b", "c"]);
  assertEquals(written(["a", "b", "c"]), "");
  assertEquals(written(["a", "B", "c"]), "\x1b[2;1H\x1b[2KB");
  assertEquals(written(["a", "B"]), "\x1b[3;1H\x1b[J");
  size.columns = 30;
  assertEquals(written(["a", "B"]), "\x1b[1;1H\x1b[2Ka\x1b[2;1H\x1b[2KB\x1b[3;1H\x1b[J");
});

Deno.test("WatchScreen sets the title once, and lends the terminal in between", async () => {
  const terminal = memoryTerminal({ columns: 20, rows: 3 });
  {
    using screen = new WatchScreen(terminal, new AbortController().signal);
    screen.draw(["a"]);
    screen.title("2 wait");
    screen.title("2 wait");
    await screen.lend(() => Promise.resolve(terminal.out("child")));
    screen.draw(["a"]);
  }
  const drawn = "\x1b[1;1H\x1b[2Ka\x1b[2;1H\x1b[J";
  assertEquals(
    terminal.stdout,
    `${ENTER}${drawn}\x1b]2;2 wait\x1b\\${LEAVE}child${ENTER}${drawn}${LEAVE}`,
  );
});
