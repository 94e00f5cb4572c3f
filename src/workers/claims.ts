import { basename, join } from "@std/path";
import { listDir, removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { stat } from "../os/stat.ts";
import { readRegular } from "../os/untrusted_files.ts";
import { createFile } from "../os/write.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { type Claim, claimFileSchema } from "../schema/claim.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/primitives.ts";
import { describeIssues } from "../schema/schema.ts";
import type { WorkerState } from "../schema/worker.ts";

/** What claiming came to; not `claimed`: somebody else holds it, `null` where its file does not tell who. */
export type ClaimResult =
  | { claimed: true; claim: Claim }
  | { claimed: false; holder: Claim | null; why: string };

/** How often a claim is tried that is given up by its holder at the same moment. */
const ATTEMPTS = 10;

/**
 * Claims a task for a worker. Of many that try at once, one gets it, also against files written by hand;
 * claiming again what one holds is fine.
 *
 * @param session id of the worker
 * @throws {UserError} where the name or the id cannot be one.
 */
export async function claim(profile: Profile, name: string, session: string): Promise<ClaimResult> {
  const path = claimPath(profile, name);
  if (!isId(session)) {
    throw new UserError(
      `cannot claim ${name} for ${JSON.stringify(session)}: that is no worker's id`,
    );
  }
  for (let attempt = 1;; attempt++) {
    const own: Claim = { name, session, since: profile.clock.now().toISOString() };
    try {
      await createFile(path, JSON.stringify(own) + "\n");
      await appendEvent(profile, { event: "claim", claim: name, worker: session });
      return { claimed: true, claim: own };
    } catch (error) {
      const isPresent = stat(path) !== null;
      if (!isPresent && attempt === ATTEMPTS) throw error;
    }
    const found = heldBy(profile, name);
    if (typeof found === "string") return { claimed: false, holder: null, why: found };
    if (found?.session === session) return { claimed: true, claim: found };
    if (found) {
      const why = `${name} is claimed by ${found.session} since ${found.since}`;
      return { claimed: false, holder: found, why };
    }
    if (attempt === ATTEMPTS) {
      return { claimed: false, holder: null, why: `${name} changes hands just now: try again` };
    }
  }
}

function heldBy(profile: Profile, name: string): Claim | string | null {
  try {
    return readClaim(profile, name);
  } catch (error) {
    return messageOf(error);
  }
}

/** The most bytes of a claim file: one that is longer is none. */
const MAX_BYTES = 10_000;

/** The path of a claim. */
export function claimPath({ paths }: Profile, name: string): string {
  if (isId(name)) return join(paths.claims, `${name}.json`);
  throw new UserError(
    `a claim cannot be named ${JSON.stringify(name)}: 1 to 64 of a-z, 0-9, _ and - are taken`,
  );
}

/**
 * Reads one claim; `null` when there is none.
 *
 * @throws {UserError} where its file is malformed.
 */
export function readClaim(profile: Profile, name: string): Claim | null {
  const path = claimPath(profile, name);
  const file = `claims/${basename(path)}`;
  let text: string | null;
  let data: unknown;
  try {
    // Workers write here.
    text = readRegular(path, MAX_BYTES);
    if (text === null) return null;
    data = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is no claim: ${messageOf(error)}`, { cause: error });
  }
  const parsed = claimFileSchema.safeParse(data);
  if (parsed.success) return { name, session: parsed.data.session, since: parsed.data.since };
  throw new UserError(`${file} is no claim:\n${describeIssues(claimFileSchema, data)}`);
}

/** How many files are looked at: a worker could make any number. */
const MOST = 1000;

/** The claims of a profile, and the files beside them that are none. */
export interface ClaimList {
  /** By name. */
  claims: Claim[];
  /** What is wrong with each file that is no claim; they are left alone. */
  broken: string[];
}

/** Lists the claims, those in files written by hand too. */
export function listClaims(profile: Profile): ClaimList {
  const list: ClaimList = { claims: [], broken: [] };
  const files = listDir(profile.paths.claims).map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && name.endsWith(".json"));
  if (files.length > MOST) {
    list.broken.push(`claims/ holds ${files.length} files, of which the first ${MOST} are read`);
  }
  if (files.length === 0) return list;
  for (const file of files.slice(0, MOST)) {
    try {
      const claim = readClaim(profile, file.slice(0, -".json".length));
      if (claim) list.claims.push(claim);
    } catch (error) {
      list.broken.push(messageOf(error));
    }
  }
  return list;
}

/** The states in which no process of a worker is left that could work on what it claimed. */
const DEAD: ReadonlySet<WorkerState> = new Set(["done", "failed", "lost"]);

/**
 * Removes the claims of workers that are dead. Those of an orphaned worker stay, and those of a session that
 * is not in the fleet: nobody knows whether it lives.
 *
 * @param fleet state of each worker by id; `null`: it could not be listed, so nothing is removed
 * @returns the claims that were removed.
 */
export async function reapClaims(
  profile: Profile,
  fleet: ReadonlyMap<string, WorkerState> | null,
): Promise<Claim[]> {
  if (fleet === null || ![...fleet.values()].some((state) => DEAD.has(state))) return [];
  using _ = await lock(profile.paths.claimsLock);
  const reaped: Claim[] = [];
  for (const claim of (listClaims(profile)).claims) {
    const state = fleet.get(claim.session);
    if (state === undefined || !DEAD.has(state)) continue;
    await removeFile(claimPath(profile, claim.name));
    await appendEvent(profile, { event: "reaped", claim: claim.name, worker: claim.session });
    reaped.push(claim);
  }
  return reaped;
}

/**
 * Gives up a claim.
 *
 * @param session the worker that must hold it; default: whoever holds it loses it
 * @returns `false` when nobody held it.
 * @throws {UserError} where another worker holds it, or its file is malformed.
 */
export async function unclaim(profile: Profile, name: string, session?: string): Promise<boolean> {
  // A claim takes no other's place, and all that remove one hold this lock: what was read is what is removed.
  using _ = await lock(profile.paths.claimsLock);
  const held = readClaim(profile, name);
  if (held === null) return false;
  if (session !== undefined && held.session !== session) {
    throw new UserError(`cannot unclaim ${name} for ${session}: ${held.session} holds it`);
  }
  await removeFile(claimPath(profile, name));
  await appendEvent(profile, { event: "unclaim", claim: name, worker: held.session });
  return true;
}
