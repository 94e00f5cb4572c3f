import { join } from "@std/path";
import { ensureDir, listDir, removeDir, removeFile } from "../os/dirs.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import { type Intent, intentSchema } from "../schema/decision.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";

/**
 * Returns an id for a run that begins with its time, so that ids sort by age: `20261123t093012-1a2b3c4d`.
 */
export function newRunId(at: Date): string {
  const stamp = at.toISOString().slice(0, 19).replace(/[-:]/g, "").toLowerCase();
  return `${stamp}-${crypto.randomUUID().slice(0, 8)}`;
}

/** The time in a run id; `null` if it has none. */
export function runTime(runId: string): Date | null {
  const [, day, time] = /^(\d{8})t(\d{6})-/.exec(runId) ?? [];
  if (day === undefined) return null;
  const date = day.replace(/(....)(..)(..)/, "$1-$2-$3");
  const at = new Date(`${date}T${time.replace(/(..)(..)(..)/, "$1:$2:$3")}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/**
 * The path of a file of a run: `prompt.md`, `system.md`, `output.jsonl`, `world.json`, `decision.json`, `verdict.json`,
 * `outcome.json`.
 */
export function runFile({ paths }: Profile, runId: string, name: string): string {
  return join(paths.runs, runId, name);
}

/** Writes a file of a run, masked, and creates its directory. Only `outcome.json` has to survive a power cut. */
export async function writeRunFile(
  profile: Profile,
  runId: string,
  name: string,
  content: string,
): Promise<string> {
  const path = runFile(profile, runId, name);
  // On its own first: an error with a run id would be reported again each time.
  ensureDir(profile.paths.runs);
  ensureDir(join(profile.paths.runs, runId));
  await replaceFile(path, profile.mask(content), { durable: name === "outcome.json" });
  return path;
}

/**
 * Removes all but the newest runs, as many as the config keeps. Those from the future count as oldest: the clock was set back
 * since.
 */
export async function pruneRuns({ paths, clock, config }: Profile): Promise<void> {
  const runs = listDir(paths.runs).filter((entry) => entry.isDirectory);
  const next = newRunId(new Date(clock.now().getTime() + 1000));
  const past = runs.filter(({ name }) => name < next);
  const oldestFirst = [...runs.filter((run) => !past.includes(run)), ...past];
  for (const { name } of oldestFirst.slice(0, -config.keep_runs)) {
    await removeDir(join(paths.runs, name));
  }
}

/** Writes the intent of a move before the move is applied; durable. */
export async function writeIntent({ paths }: Profile, intent: Intent): Promise<void> {
  await replaceFile(paths.intent, JSON.stringify(intent));
}

/** Reads the intent of an unfinished move; `null` if there is none. */
export async function readIntent({ paths }: Profile): Promise<Intent | null> {
  const remedy = `Check in journal.md whether that move was applied, then delete ${paths.intent}.`;
  return await parseFile(paths.intent, intentSchema, remedy);
}

/** Removes the intent once the move is applied and recorded; durable. */
export async function clearIntent({ paths }: Profile): Promise<void> {
  await removeFile(paths.intent);
  await syncDir(paths.own);
}
