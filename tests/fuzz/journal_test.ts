import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  alreadyJournaled,
  appendJournal,
  journalLine,
  journalTail,
  oneLine,
} from "../../src/profile/journal.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { fuzz, ON_DISK_MS } from "./fuzz.ts";
import { hostileText } from "./hostile_text.ts";

const at = new Date(2026, 10, 23, 9, 30);
const BAD = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

fuzz("journal line", {
  input: hostileText(),
  shares: { "as it was": 0.1, "made one line": 0.2 },
  check(text) {
    const line = oneLine(text);
    assert(!BAD.test(line), "it is not one plain line");
    assert(line.length <= 1000 && line.isWellFormed() && line === line.trim());
    assertEquals(oneLine(line), line);
    assertEquals(journalLine(at, text), `- 2026-11-23 09:30 ${line}`);
    return line === text ? "as it was" : "made one line";
  },
});

const profile = await tempProfile();
const { journal } = profile.paths;
globalThis.addEventListener("unload", () => Deno.removeSync(profile.root, { recursive: true }));

fuzz("journal after a crash", {
  input: fc.record({
    before: fc.array(
      fc.oneof(fc.constantFrom("- 2026-11-23 09:00 x", "notes", ""), hostileText()),
      {
        maxLength: 3,
      },
    ),
    isTorn: fc.boolean(),
    text: hostileText(),
    kept: fc.double({ min: 0, max: 1, noNaN: true }),
    lost: fc.nat(9),
    isWhole: fc.boolean(),
  }),
  deadlineMs: ON_DISK_MS,
  shares: { whole: 0.1, torn: 0.2 },
  async check({ before, isTorn, text, kept, lost, isWhole }) {
    // Half of a U+FFFD reads as a whole one, so that nobody could tell that it was torn.
    const line = journalLine(at, text.toWellFormed().replaceAll("\ufffd", "?"));
    const old = before.map((one) => `${one}\n`).join("") + (isTorn ? "- torn" : "");
    const oldBytes = new TextEncoder().encode(old);
    // What the crashed program wrote, byte for byte, up to some point.
    const writes = new TextEncoder().encode((isTorn ? "\n" : "") + `${line}\n`);
    const written = isWhole
      ? writes.length
      : kept < 0.3
      ? Math.floor(kept / 0.3 * writes.length)
      : Math.max(0, writes.length - lost);
    await Deno.writeFile(journal, new Uint8Array([...oldBytes, ...writes.subarray(0, written)]));
    const found = await alreadyJournaled(profile, oldBytes.length, line);
    // A line whose line break alone is missing is all there.
    assertEquals(found, written >= writes.length - 1);
    if (!found) await appendJournal(profile, line);
    const whole = await Deno.readTextFile(journal);
    const start = new TextDecoder("utf-8", { ignoreBOM: true }).decode(oldBytes);
    const expected = `${start}${isTorn ? "\n" : ""}${line}\n`;
    assertEquals(whole.endsWith("\n") ? whole : `${whole}\n`, expected);
    assertEquals((await journalTail(profile, 5)).at(-1), line);
    assert((await journalTail(profile, 2)).length <= 2);
    return found ? "whole" : "torn";
  },
});
