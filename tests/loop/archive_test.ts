import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { findAsk } from "../../src/inbox/asks.ts";
import { archiveClosedAsks, archiveHistory } from "../../src/log/recover.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { systemClock } from "../../src/os/clock.ts";
import { listDir } from "../../src/os/dirs.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { allLines } from "../support/all_lines.ts";
import { git } from "../support/git.ts";
import { noop } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const NOW = Date.UTC(2026, 5, 1);

/** Closed asks, of which the first was asked so many hours ago, and each other one an hour later. Names are in no order. */
async function closedAsks(count: number, hoursAgo: number): Promise<TempProfile> {
  const profile = await tempProfile({ clock: { ...systemClock, now: () => new Date(NOW) } });
  for (let index = 0; index < count; index++) {
    const at = new Date(NOW - (hoursAgo - index) * 3_600_000).toISOString();
    const ask = {
      ...{ id: idOf(index), kind: "question", question: "Tea?", asked_at: at, run_id: "r" },
      ...{ answer: { text: "yes", at }, closed_by: "r" },
    };
    await profile.write(`asks/closed/${idOf(index)}.json`, JSON.stringify(ask));
  }
  return profile;
}

/** The later, the earlier by name, but for every third one. */
function idOf(index: number): string {
  return `${index % 3 === 0 ? "z" : "a"}${9999 - index}`;
}

function closed({ paths }: Profile): string[] {
  return listDir(paths.asksClosed).map(({ name }) => name);
}

Deno.test("archiveClosedAsks leaves 400 closed asks, and makes one file of the oldest where there are more", async () => {
  await using few = await closedAsks(400, 1000);
  assertEquals(await archiveClosedAsks(few), []);
  await using many = await closedAsks(401, 1000);
  await many.write("asks/closed/odd.json", "no ask");
  const written = await archiveClosedAsks(many);
  assertEquals(written.length, 202);
  const [name, ...left] = closed(many);
  assertEquals(name, "2026-06-01T000000.000Z.jsonl");
  const gone = Array.from({ length: 201 }, (_, index) => `${idOf(index)}.json`);
  assertEquals(written, [name, ...gone].map((file) => join(many.paths.asksClosed, file)));
  assertEquals(left.length, 201);
  assertEquals(gone.filter((file) => left.includes(file)), []);
  const asks = (await many.read(`asks/closed/${name}`)).trim().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(asks.map(({ id }) => id), Array.from({ length: 201 }, (_, index) => idOf(index)));
  assertEquals([asks[0].answer.text, asks[0].closed_by], ["yes", "r"]);
  assertEquals((await findAsk(many, idOf(400)))?.closed_by, "r");
  assertEquals(await archiveClosedAsks(many), []);
});

Deno.test("archiveClosedAsks keeps the files of what was asked in the last two days: they refuse used approvals", async () => {
  await using profile = await closedAsks(401, 47);
  assertEquals(await archiveClosedAsks(profile), []);
  assert(closed(profile).every((name) => name.endsWith(".json")));
});

Deno.test("archiveClosedAsks archives what was asked over two days ago, not at that very moment", async () => {
  await using profile = await closedAsks(401, 248);
  const written = await archiveClosedAsks(profile);
  // The one of 48 hours ago is among the oldest 201.
  assertEquals(written.length, 1 + 200);
  assertEquals((await findAsk(profile, idOf(200)))?.closed_by, "r");
  assert(closed(profile).includes(`${idOf(200)}.json`));
});

Deno.test("archiveClosedAsks counts files of asks alone, and leaves one that is not closed", async () => {
  await using profile = await closedAsks(400, 1000);
  await profile.write("asks/closed/.hidden.json", "x");
  await profile.write("asks/closed/notes.txt", "x");
  assertEquals(await archiveClosedAsks(profile), []);
  const open = {
    ...{ id: "open", kind: "question", question: "Tea?", run_id: "r" },
    asked_at: new Date(0).toISOString(),
  };
  await profile.write("asks/closed/open.json", JSON.stringify(open));
  const written = await archiveClosedAsks(profile);
  assertEquals(written.length, 1 + 200);
  assertEquals(closed(profile).filter((name) => /open|hidden|notes/.test(name)), [
    ".hidden.json",
    "notes.txt",
    "open.json",
  ]);
});

Deno.test("archiveHistory archives ledger, journal and asks in one commit, and needs no repository", async () => {
  await using profile = await closedAsks(401, 1000);
  await archiveHistory(profile);
  assertEquals([closed(profile).length, profile.warnings], [201, []]);
  await using other = await closedAsks(401, 1000);
  await other.write("journal.md", LONG);
  await other.write("cost.jsonl", LONG);
  await ensureProfile(other);
  const { dataDir } = other.paths;
  await archiveHistory(other);
  const shown = await git(dataDir, "show", "--name-status", "--no-renames", "--format=%B", "HEAD");
  const files = shown.split("\n").filter(Boolean).filter((line) =>
    !line.includes("D\tasks/closed/")
  );
  assertEquals(files, [
    "Archive old entries",
    "A\tarchive/cost-2026-06-01T000000.000Z.jsonl",
    "A\tarchive/journal-2026-06-01T000000.000Z.md",
    "A\tasks/closed/2026-06-01T000000.000Z.jsonl",
    "D\tcost.jsonl",
    "D\tjournal.md",
  ]);
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
  assertEquals(other.warnings, []);
  const head = await git(dataDir, "rev-parse", "HEAD");
  await archiveHistory(other);
  assertEquals(await git(dataDir, "rev-parse", "HEAD"), head);
});

const LONG = "- 2026-01-02 03:04 watched the sea\n".repeat(4000);

Deno.test("a move first puts a long journal away, in a commit of its own", async () => {
  await using profile = await tempProfile({ files: { "journal.md": LONG } });
  await ensureProfile(profile);
  const result = await tickOnce(profile, { decider: () => noop({ journal: "all is well" }) });
  assert(result.outcome === "moved");
  const { dataDir, journal, archive } = profile.paths;
  assertEquals(await profile.read("journal.md"), `${result.journal}\n`);
  assertEquals(await allLines(profile, journal), `${LONG}${result.journal}\n`);
  const [{ name }] = listDir(archive);
  assertEquals(
    await git(dataDir, "show", "--name-status", "--no-renames", "--format=%s", "HEAD~1"),
    `Archive old entries\n\nA\tarchive/${name}\nD\tjournal.md`,
  );
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
});

Deno.test("a move is made though git cannot take what was put away; it takes it with the next", async () => {
  await using profile = await tempProfile({ files: { "journal.md": LONG } });
  await ensureProfile(profile);
  const { dataDir, journal } = profile.paths;
  await profile.write(".git/index.lock", "");
  const move = async (signal: number) => {
    const sensors = { sea: () => ({ signal }) };
    const result = await tickOnce(profile, { sensors, decider: () => noop() });
    assert(result.outcome === "moved");
    return result.journal;
  };
  const first = await move(1);
  assert(profile.warnings.some((text) => text.includes("index.lock")), `${profile.warnings}`);
  assertEquals(await allLines(profile, journal), `${LONG}${first}\n`);
  await Deno.remove(`${dataDir}/.git/index.lock`);
  const second = await move(2);
  assertEquals(await allLines(profile, journal), `${LONG}${first}\n${second}\n`);
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
});
