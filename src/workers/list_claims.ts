import { listFolder } from "../host/list_folder.ts";
import type { Claim } from "../model/claim.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { readClaim } from "./claim_file.ts";

/** The claims of a profile, and the files beside them that are none. */
export interface ClaimList {
  /** By name. */
  claims: Claim[];
  /** What is wrong with each file that is no claim; they are left alone. */
  broken: string[];
}

/** Lists the claims, those in files written by hand too. */
export async function listClaims(profile: Profile): Promise<ClaimList> {
  const list: ClaimList = { claims: [], broken: [] };
  for (const { name: file } of await listFolder(profile.paths.claims)) {
    if (file.startsWith(".") || !file.endsWith(".json")) continue;
    try {
      const claim = await readClaim(profile, file.slice(0, -".json".length));
      if (claim) list.claims.push(claim);
    } catch (error) {
      list.broken.push(messageOf(error));
    }
  }
  return list;
}
