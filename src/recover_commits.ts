import { lock } from "./host/lock.ts";
import { payCommits } from "./profile/commit_run.ts";
import type { Profile } from "./profile/profile.ts";

/** Makes the commits that git could not take, or that a crash kept from being made. */
export async function recoverCommits(profile: Profile): Promise<void> {
  using _ = await lock(profile.paths.moveLock);
  await payCommits(profile);
}
