import { assertEquals } from "@std/assert";
import { WatchScreen } from "../../src/cli/output/screen.ts";
import { memoryTerminal } from "./memory_terminal.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

Deno.test("WatchScreen draws in place, tells what has no room, and leaves the terminal as it was", () => {
  const terminal = memoryTerminal({ columns: 20, rows: 3 });
  {
    using screen = new WatchScreen(terminal, new AbortController().signal);
    screen.draw(["a", "b"]);
    screen.draw(["a", "b", "c", "d"]);
  }
  assertEquals(
    terminal.stdout,
    `${ENTER}\x1b[H\x1b[2Ka\r\n\x1b[2Kb\r\n\x1b[J` +
      `\x1b[H\x1b[2Ka\r\n\x1b[2Kb\r\n\x1b[2K… 2 more${LEAVE}`,
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
