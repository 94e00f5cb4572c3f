import { assertEquals } from "@std/assert";
import { basename, join } from "@std/path";
import { appendLedger, readLedger } from "../../src/budget/ledger.ts";
import {
  appendJournal,
  archivedLines,
  journalTail,
  MAX_LINES_BYTES,
  rotateLines,
  tidy,
} from "../../src/profile/journal.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { lineOf } from "../bench/long_history.ts";
import { allLines } from "../support/all_lines.ts";
import { tempProfile } from "../support/temp_profile.ts";

const HOUR_MS = 3_600_000;

/** A clock that is an hour later each time. */
function hourly() {
  let hours = 0;
  return {
    now: () => new Date(Date.UTC(2026, 0, 1) + hours++ * HOUR_MS),
    sleep: () => Promise.resolve(),
  };
}

async function idsSince(profile: Profile, since: Date | null): Promise<string[]> {
  const ids: string[] = [];
  for await (const lines of readLedger(profile, { since })) ids.push(...lines.map(({ id }) => id));
  return ids.sort();
}

Deno.test("rotateLines leaves a file that is short, and makes one that is long a file of the archive", async () => {
  await using profile = await tempProfile({ clock: hourly() });
  const { journal } = profile.paths;
  const most = "x".repeat(MAX_LINES_BYTES - 1) + "\n";
  await profile.write("journal.md", most);
  assertEquals(await rotateLines(profile, journal), null);
  await appendJournal(profile, "- 2026-01-01 00:00 one more");
  const first = await rotateLines(profile, journal);
  assertEquals(first && basename(first), "journal-2026-01-01T000000.000Z.md");
  assertEquals(await rotateLines(profile, journal), null);
  await profile.write("journal.md", most + "y\n");
  const second = await rotateLines(profile, journal);
  assertEquals(archivedLines(profile.paths, journal), [second, first]);
  assertEquals(
    await allLines(profile, journal),
    `${most}- 2026-01-01 00:00 one more\n${most}y\n`,
  );
});

Deno.test("rotateLines takes no other file's place where the clock stands", async () => {
  await using profile = await tempProfile({
    clock: { now: () => new Date(0), sleep: () => Promise.resolve() },
  });
  const long = "x".repeat(MAX_LINES_BYTES) + "\n";
  await profile.write("journal.md", long);
  await rotateLines(profile, profile.paths.journal);
  await profile.write("journal.md", long);
  assertEquals(await rotateLines(profile, profile.paths.journal), null);
  assertEquals(await allLines(profile, profile.paths.journal), long + long);
});

Deno.test("rotateLines leaves what is no file of the data directory's own", async () => {
  await using profile = await tempProfile();
  const { journal } = profile.paths;
  await profile.write("elsewhere.md", "x".repeat(MAX_LINES_BYTES) + "\n");
  await Deno.symlink("elsewhere.md", journal);
  assertEquals(await rotateLines(profile, journal), null);
  await Deno.remove(journal);
  await Deno.mkdir(journal);
  assertEquals(await rotateLines(profile, journal), null);
});

Deno.test("journalTail goes on in what was put away", async () => {
  await using profile = await tempProfile();
  await profile.write("archive/journal-2026-01-01T000000.000Z.md", "- 1 a\n- 2 b\n");
  await profile.write("archive/journal-2026-02-01T000000.000Z.md", "- 3 c\n");
  await profile.write("archive/cost-2026-02-01T000000.000Z.jsonl", "- no journal\n");
  await appendJournal(profile, "- 4 d");
  assertEquals(await journalTail(profile, 3), ["- 2 b", "- 3 c", "- 4 d"]);
  assertEquals(await journalTail(profile, 9), ["- 1 a", "- 2 b", "- 3 c", "- 4 d"]);
});

Deno.test("readLedger reads what was put away, since some time as far back as that reaches", async () => {
  await using profile = await tempProfile();
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
  const lines = (...hours: number[]) =>
    hours.map((hour) => `${JSON.stringify(lineOf(hour, at(hour)))}\n`).join("");
  await profile.write("archive/cost-2026-01-01T030000.000Z.jsonl", lines(1, 2));
  await profile.write("archive/cost-2026-01-01T050000.000Z.jsonl", lines(3, 4));
  await appendLedger(profile, lineOf(5, at(5)));
  assertEquals(await idsSince(profile, null), ["r1", "r2", "r3", "r4", "r5"]);
  assertEquals(await idsSince(profile, at(2)), ["r2", "r3", "r4", "r5"]);
  assertEquals(await idsSince(profile, at(4)), ["r4", "r5"]);
  assertEquals(await idsSince(profile, at(6)), []);
});

Deno.test("tidy removes what crashes left half-written, and nothing that may still be written", async () => {
  await using profile = await tempProfile();
  const { dataDir } = profile.paths;
  const old = [".state.json.0a1b2c3d.tmp", "goals/.tea.md.0a1b2c3d.tmp"];
  const kept = [".state.json.ffffffff.tmp", "goals/.mine.tmp", "goals/notes.tmp"];
  for (const name of [...old, ...kept]) await profile.write(name, "half");
  const long = new Date(Date.now() - 3_700_000);
  for (const name of [...old, ...kept.slice(1)]) await Deno.utime(join(dataDir, name), long, long);
  await tidy(profile);
  const left = await Promise.all(
    [...old, ...kept].map((name) => Deno.stat(join(dataDir, name)).then(() => name, () => null)),
  );
  assertEquals(left, [null, null, ...kept]);
});
