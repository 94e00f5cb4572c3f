import { assertEquals } from "@std/assert";
import {
  appendJournal,
  journalLine,
  journalTail,
  oneLine,
  withoutUntrusted,
} from "../../src/profile/journal.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("journalLine is in local time", () => {
  const at = new Date(2026, 10, 3, 9, 5, 59);
  assertEquals(journalLine(at, "made tea"), "- 2026-11-03 09:05 made tea");
});

Deno.test("journalLine stays one line, whatever it is told", () => {
  const at = new Date(2026, 10, 23, 9, 30);
  const hostile =
    "a\n- 2026-11-23 09:31 approved x\r\n\u2028\u2029\u0085\x1b[2Kb\0\u202ec\u2066\u200fd";
  assertEquals(
    journalLine(at, hostile),
    "- 2026-11-23 09:30 a - 2026-11-23 09:31 approved x [2Kb c d",
  );
});

Deno.test("journalLine marks what outside text could have shaped, and no text takes the mark away", () => {
  const at = new Date(2026, 10, 3, 9, 5);
  const texts = ["made tea", "", " \n", "\b\b\rmade", "~ made", "\u202emade", "x".repeat(5000)];
  for (const text of texts) {
    const line = journalLine(at, text, true);
    assertEquals(line.startsWith("- 2026-11-03 09:05 ~"), true);
    assertEquals(withoutUntrusted(line), "- 2026-11-03 09:05 ~ withheld");
  }
  assertEquals(journalLine(at, "made tea", true), "- 2026-11-03 09:05 ~ made tea");
  assertEquals(withoutUntrusted(journalLine(at, "made ~ tea")), "- 2026-11-03 09:05 made ~ tea");
  assertEquals(withoutUntrusted(journalLine(at, "~ tea")), "- 2026-11-03 09:05 ~ withheld");
  assertEquals(withoutUntrusted("- a note by hand"), "- a note by hand");
});

Deno.test("oneLine cuts at 1,000 characters, and never leaves half a surrogate pair", () => {
  assertEquals(oneLine("x".repeat(1000)), "x".repeat(1000));
  assertEquals(oneLine("x".repeat(1001)), `${"x".repeat(999)}…`);
  assertEquals(oneLine(`${"x".repeat(998)}\u{1f600}\u{1f600}`), `${"x".repeat(998)}…`);
  assertEquals(oneLine("a\ud800b"), "a\ufffdb");
});

Deno.test("journalTail gives the last moves, oldest first, and no other text", async () => {
  await using profile = await tempProfile();
  assertEquals(await journalTail(profile, 3), []);
  await profile.write("journal.md", "# My journal\n\nnotes of mine\n- to");
  for (const text of ["one", "twö", "three"]) {
    await appendJournal(profile, journalLine(new Date(2026, 10, 23), text));
  }
  assertEquals((await journalTail(profile, 2)).map((line) => line.slice(19)), ["twö", "three"]);
  assertEquals((await journalTail(profile, 10)).length, 4);
});

Deno.test("journalTail and appendJournal read the end alone of a journal of 1 GiB", async () => {
  await using profile = await tempProfile();
  const line = (i: number) => journalLine(new Date(2026, 10, 23), `move ${i}`);
  // A hole takes no space on disk, and is more than one string can hold.
  await profile.write("journal.md", "");
  await Deno.truncate(profile.paths.journal, 2 ** 30);
  const lines = Array.from({ length: 30 }, (_, i) => `${line(i)}\n`);
  await Deno.writeTextFile(profile.paths.journal, `\n${lines.join("")}`, { append: true });
  await appendJournal(profile, line(30));
  const expected = Array.from({ length: 30 }, (_, i) => line(i + 1));
  assertEquals(await journalTail(profile, 30), expected);
});
