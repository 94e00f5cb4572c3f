import { removeFile } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { realPath, stat } from "../os/stat.ts";
import { createFile, overwriteFile, replaceFile } from "../os/write.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { type LastTick, lastTickSchema } from "../schema/state.ts";
import type { TickResult } from "../schema/tick_result.ts";
import { cut, quoteWord } from "../schema/text.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";

/** Reports whether a move is unfinished: a crash interrupted it, or git could not commit it. */
export function isInterrupted({ paths }: Profile): boolean {
  return stat(paths.intent) !== null;
}

/** Reports whether the user paused the loop. */
export function isPaused({ paths }: Profile): boolean {
  return stat(paths.paused) !== null;
}

/** Pauses the loop: no tick observes, decides or acts until {@linkcode resume}. */
export async function pause({ paths, clock }: Profile): Promise<void> {
  await replaceFile(paths.paused, `${clock.now().toISOString()}\n`);
}

/** Ends a pause, and wakes the pulse at once, even if it has not noticed the pause yet. */
export async function resume(profile: Profile): Promise<void> {
  await wakePulse(profile);
  await removeFile(profile.paths.paused);
}

/** Makes a running pulse tick at once. */
export async function wakePulse({ paths, clock }: Profile): Promise<void> {
  await replaceFile(paths.resumed, `${clock.now().toISOString()}\n`);
}

/**
 * Records a tick for `looop status`; not durable, since the next tick replaces it.
 *
 * @param waitS seconds until a pulse ticks again
 */
export async function noteTick(
  { paths, clock }: Profile,
  result: TickResult,
  waitS?: number,
): Promise<void> {
  const hash = "hash" in result ? result.hash : null;
  const now = clock.now();
  const note: LastTick = {
    ...{ at: now.toISOString(), hash, outcome: result.outcome },
    ...waitS !== undefined && { next_at: new Date(now.getTime() + waitS * 1000).toISOString() },
  };
  await replaceFile(paths.lastTick, JSON.stringify(note) + "\n", { durable: false });
}

/** Records why a tick could not end, beside the last one that did. Never throws: the disk may be read-only. */
export async function noteTickError({ paths, clock }: Profile, why: string): Promise<void> {
  try {
    const last = await parseFile(paths.lastTick, lastTickSchema, "");
    if (last === null) return;
    const at = clock.now().toISOString();
    const error = {
      since: last.error?.since ?? at,
      at,
      why: cut(why.replace(/\s+/g, " "), MAX_WHY),
    };
    const text = JSON.stringify({ ...last, error }) + "\n";
    // A full disk takes no new file, but other bytes in the place of these.
    await replaceFile(paths.lastTick, text, { durable: false })
      .catch(() => overwriteFile(paths.lastTick, text));
  } catch {
    // the pulse reports the error anyway
  }
}

/** Max. characters of the reason of an error. */
const MAX_WHY = 300;

/**
 * Records that a pulse begins, so that its end can be distinguished from that of an earlier one, and its interval.
 *
 * @param id of the pulse, if it has begun already
 * @returns its id
 */
export async function notePulseRun(
  { paths, config }: Profile,
  id: string = crypto.randomUUID(),
): Promise<string> {
  await replaceFile(paths.pulseRun, `${id} ${config.interval}\n`, { durable: false });
  return id;
}

/** Returns the id of the last pulse that began; `null` if there was none. */
export async function readPulseRun(profile: Profile): Promise<string | null> {
  return (await pulseRun(profile))[0] ?? null;
}

/** Returns the seconds between ticks of the last pulse that began; `null` if not known. */
export async function readPulseInterval(profile: Profile): Promise<number | null> {
  return Number((await pulseRun(profile))[1]) || null;
}

async function pulseRun({ paths }: Profile): Promise<string[]> {
  const text = await readTextIfPresent(paths.pulseRun) ?? "";
  return text.trim() === "" ? [] : text.trim().split(" ");
}

/** Returns the profile's secret, created at first use: 32 hex digits that nothing outside can guess. */
export async function readSecret({ paths }: Profile): Promise<string> {
  const found = (await readTextIfPresent(paths.secret))?.trim() ?? "";
  if (ID.test(found)) return found;
  const secret = newId();
  await replaceFile(paths.secret, secret + "\n");
  return secret;
}

/**
 * Identifies what applies approvals, if it is not this data directory alone: jobs that share a repository and run one after
 * another, by `LOOOP_PLACE`, or `ci` if `CI` is set. `null`: nothing does.
 */
function sharedPlace({ env }: Profile): string | null {
  const named = env("LOOOP_PLACE");
  if (named) return named;
  return /^(1|true)$/i.test(env("CI") ?? "") ? "ci" : null;
}

/**
 * Returns the profile's id, created at first use: 32 hex digits. It is committed, so that a clone of the data directory
 * is the same profile and its approvals stay valid, and another data directory is not.
 *
 * @throws {UserError} if its file has something else.
 */
export async function profileId({ paths }: Profile): Promise<string> {
  const path = paths.profileId;
  const read = () => readTextIfPresent(path);
  let text = await read();
  if (text === null) {
    // Another looop may create it just now.
    const error = await createFile(path, `${newId()}\n`).then(() => null, (error) => error);
    text = await read();
    if (text === null) throw error;
  }
  if (ID.test(text.trim())) return text.trim();
  throw new UserError(
    `cannot use ${path}: it is not a profile id. Restore it (git -C ${
      quoteWord(paths.dataDir)
    } checkout HEAD -- .profile_id), ` +
      "or delete it: then open approvals become invalid.",
  );
}

/**
 * Identifies what applies the approvals that are asked for here: this very data directory, by the machine, its real path and its
 * inode, as a digest, or {@linkcode sharedPlace}. A clone or another copy has the same profile id, but is another place.
 */
export async function placeId(profile: Profile): Promise<string> {
  const shared = sharedPlace(profile);
  if (shared !== null) return shared;
  const machine = await readTextIfPresent("/etc/machine-id").catch(() => null);
  const dataDir = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
  const place = [machine?.trim() ?? "", dataDir, stat(dataDir)?.ino ?? 0];
  return (await sha256Hex(JSON.stringify(place))).slice(0, 32);
}

const ID = /^[0-9a-f]{32}$/;

function newId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
