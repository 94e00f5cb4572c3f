import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { readLedger } from "../../src/profile/ledger.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { readState } from "../../src/profile/state_file.ts";
import { git } from "../git.ts";
import type { Kind } from "./kind.ts";
import type { Scene } from "./scene.ts";

/** A line of the journal. */
const LINE = /^- \d{4}-\d\d-\d\d \d\d:\d\d (.+)$/;

/** Fails where journal, git, ledger, state and files do not tell the same after a kill and the ticks that followed. */
export async function assertAgree(scene: Scene, kind: Kind): Promise<void> {
  const profile = await scene.open();
  const { paths } = profile;
  const line = await journaled(scene, kind);
  assertEquals(await isThere(paths.intent), false, "an intent is left");
  assertEquals(await isThere(paths.holdNote), false, "the note of a hold is left");
  await committed(scene, kind);
  await metered(profile, kind);
  const { failure, parked } = await readState(profile);
  assertEquals([failure, parked], [null, null]);
  await kind.effect(scene, profile, line);
}

/** The text of the one line that the killed tick was to write. */
async function journaled({ dataDir }: Scene, { journal }: Kind): Promise<string> {
  const text = await Deno.readTextFile(join(dataDir, "journal.md"));
  assert(text.endsWith("\n"), `the journal is torn: ${text}`);
  const lines = text.trimEnd().split("\n").map((line) => LINE.exec(line)?.[1] ?? "");
  assert(lines.every((line) => line !== ""), `the journal has a torn line: ${text}`);
  const its = lines.filter((line) => journal?.test(line));
  assertEquals(its.length, journal ? 1 : 0, `the journal is\n${text}`);
  return its[0] ?? "";
}

/** Each run has one commit, the move's tells of it, and nothing is left to commit. */
async function committed({ dataDir }: Scene, { journal }: Kind): Promise<void> {
  const format = "--format=%(trailers:key=Looop-Run,valueonly,separator=%x2C)%x09%s";
  const commits = (await git(dataDir, "log", format)).split("\n").map((line) => line.split("\t"));
  const runs = commits.map(([run]) => run).filter((run) => run !== "");
  assertEquals(runs, [...new Set(runs)], "a run has two commits");
  const its = commits.filter(([run, text]) => run !== "" && journal?.test(text.slice(17)));
  assertEquals(its.length, journal ? 1 : 0, `the commits are\n${commits.join("\n")}`);
  assertEquals(await git(dataDir, "status", "--porcelain"), "", "not all is committed");
}

/** Whole lines alone, and no call twice. */
async function metered(profile: Profile, { calls = 1 }: Kind): Promise<void> {
  const text = await Deno.readTextFile(profile.paths.ledger);
  const broken: string[] = [];
  const times = new Map<string, number>();
  for await (const lines of readLedger(profile, { onBroken: (line) => void broken.push(line) })) {
    for (const { id } of lines) times.set(id, (times.get(id) ?? 0) + 1);
  }
  assertEquals(broken, [], `the ledger is\n${text}`);
  assert(Math.max(...times.values()) <= calls, `the ledger is\n${text}`);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
