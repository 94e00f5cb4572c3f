import { listFolder } from "../host/list_folder.ts";
import type { Claim } from "../model/claim.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";

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
export async function listClaims(profile: Profile): Promise<ClaimList> {
  const list: ClaimList = { claims: [], broken: [] };
  const files = listFolder(profile.paths.claims).map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && name.endsWith(".json"));
  if (files.length > MOST) {
    list.broken.push(`claims/ holds ${files.length} files, of which the first ${MOST} are read`);
  }
  if (files.length === 0) return list;
  const { readClaim } = await import("./claim_file.ts");
  for (const file of files.slice(0, MOST)) {
    try {
      const claim = await readClaim(profile, file.slice(0, -".json".length));
      if (claim) list.claims.push(claim);
    } catch (error) {
      list.broken.push(messageOf(error));
    }
  }
  return list;
}
