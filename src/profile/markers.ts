import { removeFile } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { stat } from "../os/stat.ts";
import { createFile, replaceFile, syncDir } from "../os/write.ts";
import { UserError } from "../schema/errors.ts";
import { type Intent, intentSchema } from "../schema/intent.ts";
import type { LastTick, TickResult } from "../schema/status.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";

/** Tells whether a crash left a move, a budget hold or commits unfinished. */
export function isInterrupted({ paths: { intent, holdNote, owedCommits } }: Profile): boolean {
  return [intent, holdNote, owedCommits].some((path) => stat(path) !== null);
}

/** Tells whether a person paused the loop. */
export function isPaused({ paths }: Profile): boolean {
  return stat(paths.paused) !== null;
}

/** Pauses the loop: no tick looks, decides or moves until {@linkcode resume}. */
export async function pause({ paths, clock }: Profile): Promise<void> {
  await replaceFile(paths.paused, `${clock.now().toISOString()}\n`);
}

/** Ends a pause, and has a pulse look at once: also one that has not come to see the pause. */
export async function resume({ paths, clock }: Profile): Promise<void> {
  await replaceFile(paths.resumed, `${clock.now().toISOString()}\n`);
  await removeFile(paths.paused);
}

/** Notes a tick for `looop status`; not durable, since the next tick notes itself again. */
export async function noteTick({ paths, clock }: Profile, result: TickResult): Promise<void> {
  const hash = "hash" in result ? result.hash : null;
  const note: LastTick = { at: clock.now().toISOString(), hash, outcome: result.outcome };
  await replaceFile(paths.lastTick, JSON.stringify(note) + "\n", { durable: false });
}

/** Notes that a pulse begins, so that its end can be told from that of an earlier one. */
export async function notePulseRun({ paths }: Profile): Promise<void> {
  await replaceFile(paths.pulseRun, crypto.randomUUID() + "\n", { durable: false });
}

/** Names the last pulse that began; `null` when there was none. */
export async function readPulseRun({ paths }: Profile): Promise<string | null> {
  return (await readTextIfPresent(paths.pulseRun))?.trim() ?? null;
}

/** The profile's secret, made at first use: 32 hex digits that nobody outside can guess. */
export async function readSecret({ paths }: Profile): Promise<string> {
  const found = (await readTextIfPresent(paths.secret))?.trim() ?? "";
  if (/^[0-9a-f]{32}$/.test(found)) return found;
  const secret = crypto.getRandomValues(new Uint8Array(16)).toHex();
  await replaceFile(paths.secret, secret + "\n");
  return secret;
}

/**
 * The profile's id, made at first use: 32 hex digits. It is committed, so that a clone of the data directory is
 * the same profile and keeps its approvals, and another data directory is not.
 *
 * @throws {UserError} where its file holds something else.
 */
export async function profileId(profile: Profile): Promise<string> {
  const { paths } = profile;
  return await read(profile) ?? await make(profile) ?? await read(profile) ??
    await Promise.reject(new UserError(`cannot make ${paths.profileId}: it comes and goes`));
}

async function read({ paths }: Profile): Promise<string | null> {
  const text = await readTextIfPresent(paths.profileId);
  if (text === null) return null;
  const id = text.trim();
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  throw new UserError(
    `${paths.profileId} holds no profile's id. Restore it (git -C ${paths.dataDir} checkout .profile_id), ` +
      "or delete it: then the approvals that are open count for nothing.",
  );
}

/** Gives `null` where another looop has just made one. */
async function make({ paths }: Profile): Promise<string | null> {
  const id = crypto.getRandomValues(new Uint8Array(16)).toHex();
  try {
    await createFile(paths.profileId, `${id}\n`);
    return id;
  } catch (error) {
    if (await readTextIfPresent(paths.profileId) === null) throw error;
    return null;
  }
}

/** Notes a move before it is made; durable. */
export async function writeIntent({ paths }: Profile, intent: Intent): Promise<void> {
  await replaceFile(paths.intent, JSON.stringify(intent));
}

/** The move that a crash interrupted; `null` when there is none. */
export async function readIntent({ paths }: Profile): Promise<Intent | null> {
  const mend = `Look at journal.md for whether that move was made, then delete ${paths.intent}.`;
  return await parseFile(paths.intent, intentSchema, mend);
}

/** Notes that the move is made and written down; durable. */
export async function clearIntent({ paths }: Profile): Promise<void> {
  await removeFile(paths.intent);
  await syncDir(paths.own);
}
