import { lock } from "../host/lock.ts";
import { removeFile } from "../host/remove_file.ts";
import type { Claim } from "../model/claim.ts";
import type { WorkerState } from "../model/worker.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { claimPath } from "./claim_file.ts";
import { listClaims } from "./list_claims.ts";

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
  for (const claim of (await listClaims(profile)).claims) {
    const state = fleet.get(claim.session);
    if (state === undefined || !DEAD.has(state)) continue;
    await removeFile(claimPath(profile, claim.name));
    await appendEvent(profile, { event: "reaped", claim: claim.name, worker: claim.session });
    reaped.push(claim);
  }
  return reaped;
}
