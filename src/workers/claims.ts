import { basename, join } from "@std/path";
import * as z from "zod/mini";
import { removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { isPresent } from "../os/stat.ts";
import { listUpTo } from "../os/untrusted_dirs.ts";
import { readRegular } from "../os/untrusted_files.ts";
import { createFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { withoutBom } from "../schema/json.ts";
import { anyTimeSchema, describeIssues, ID_RULE, idSchema, isId } from "../schema/schema.ts";
import { localDateTime } from "../schema/text.ts";
import { ENDED_STATES, type WorkerState } from "../schema/worker.ts";
import type { Claim } from "../schema/world.ts";

/** Checks `claims/<name>.json`; other keys are allowed, since workers and users write such files by hand. */
const claimFileSchema = z.object({ session: idSchema, since: anyTimeSchema });

/** The result of {@linkcode claim}; `why` names the holder. */
export type ClaimResult =
  | { claimed: true; claim: Claim }
  | { claimed: false; why: string };

/** How often to try a claim that its holder releases at the same time. */
const ATTEMPTS = 10;

/**
 * Claims a task for a worker. Exactly one of several concurrent callers gets it, also if others write claim files by hand.
 * Idempotent for the holder.
 *
 * @param session id of the worker
 * @throws {UserError} where the name or the id is invalid.
 */
export async function claim(profile: Profile, name: string, session: string): Promise<ClaimResult> {
  const path = claimPath(profile, name);
  if (!isId(session)) {
    throw new UserError(
      `cannot claim ${name} for ${JSON.stringify(session)}: that is not a worker id`,
    );
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const own: Claim = { name, session, since: profile.clock.now().toISOString() };
    try {
      await createFile(path, JSON.stringify(own) + "\n");
      await appendEvent(profile, { event: "claim", claim: name, worker: session });
      return { claimed: true, claim: own };
    } catch (error) {
      if (attempt === ATTEMPTS && !isPresent(path)) throw error;
    }
    let holder: Claim | null;
    try {
      holder = await readClaim(profile, name);
    } catch (error) {
      return { claimed: false, why: messageOf(error) };
    }
    if (holder?.session === session) return { claimed: true, claim: holder };
    if (holder) {
      return {
        claimed: false,
        why: `${name} is claimed by ${holder.session} since ${localDateTime(holder.since)}`,
      };
    }
  }
  const why = `cannot claim ${name}: other workers are claiming and releasing it; try again`;
  return { claimed: false, why };
}

/** The maximum size of a claim file. */
const MAX_BYTES = 10_000;

function claimPath({ paths }: Profile, name: string): string {
  if (isId(name)) return join(paths.claims, `${name}.json`);
  throw new UserError(`cannot name a claim ${JSON.stringify(name)}: ${ID_RULE}`);
}

/**
 * Reads one claim; `null` when there is none.
 *
 * @throws {UserError} where its file is invalid.
 */
export async function readClaim(profile: Profile, name: string): Promise<Claim | null> {
  const path = claimPath(profile, name);
  const file = `claims/${basename(path)}`;
  try {
    // Workers write here.
    const text = await readRegular(path, MAX_BYTES);
    if (text === null) return null;
    const data = JSON.parse(withoutBom(text));
    const parsed = claimFileSchema.safeParse(data);
    if (parsed.success) return { name, session: parsed.data.session, since: parsed.data.since };
    throw new UserError(`\n${describeIssues(claimFileSchema, data)}`);
  } catch (error) {
    throw new UserError(`${file} is not a claim: ${messageOf(error)}`, { cause: error });
  }
}

/** The maximum number of files to read: a worker could write any number. */
const MAX_FILES = 1000;
/** How many invalid files are named. */
const MAX_BROKEN = 20;

/** The claims of a profile, and its invalid claim files. */
export interface ClaimList {
  /** By name. */
  claims: Claim[];
  /** What is wrong with files that are not claims, the first ones by name; the files are left alone. */
  broken: string[];
}

/** Lists the claims; of more than {@linkcode MAX_FILES} files, that many. */
export async function listClaims(profile: Profile): Promise<ClaimList> {
  const list: ClaimList = { claims: [], broken: [] };
  const { claims: dir } = profile.paths;
  const { names, more } = await listUpTo(dir, MAX_FILES, profile.environment);
  let unnamed = 0;
  for (const file of names) {
    if (file.startsWith(".") || !file.endsWith(".json")) continue;
    try {
      const claim = await readClaim(profile, file.slice(0, -".json".length));
      if (claim) list.claims.push(claim);
    } catch (error) {
      if (list.broken.length < MAX_BROKEN) list.broken.push(messageOf(error));
      else unnamed++;
    }
  }
  if (unnamed > 0) list.broken.push(`${unnamed} more files in claims/ are not claims`);
  if (more) {
    list.broken.unshift(`claims/ has more than ${MAX_FILES} files, of which ${MAX_FILES} are read`);
  }
  return list;
}

/**
 * Releases the claims of workers that have ended. Those of an orphaned worker remain, and those of a session that is not in
 * `fleet` and may be alive.
 *
 * @param fleet state of each worker by id
 * @returns the claims that were released.
 */
export async function reapClaims(
  profile: Profile,
  fleet: ReadonlyMap<string, WorkerState>,
): Promise<Claim[]> {
  if (![...fleet.values()].some((state) => ENDED_STATES.has(state))) return [];
  using _ = await lock(profile.paths.claimsLock);
  const reaped: Claim[] = [];
  for (const claim of (await listClaims(profile)).claims) {
    const state = fleet.get(claim.session);
    if (state === undefined || !ENDED_STATES.has(state)) continue;
    await removeFile(claimPath(profile, claim.name));
    await appendEvent(profile, { event: "reaped", claim: claim.name, worker: claim.session });
    reaped.push(claim);
  }
  return reaped;
}

/**
 * Releases a claim.
 *
 * @param session the worker that must hold it. Default: any
 * @returns `false` when it was not claimed.
 * @throws {UserError} where another worker holds it, or its file is invalid.
 */
export async function unclaim(profile: Profile, name: string, session?: string): Promise<boolean> {
  // A claim never replaces another, and every removal holds this lock: what was read is what is removed.
  using _ = await lock(profile.paths.claimsLock);
  const held = await readClaim(profile, name);
  if (held === null) return false;
  if (session !== undefined && held.session !== session) {
    throw new UserError(`cannot unclaim ${name} for ${session}: ${held.session} holds it`);
  }
  await removeFile(claimPath(profile, name));
  await appendEvent(profile, { event: "unclaim", claim: name, worker: held.session });
  return true;
}
