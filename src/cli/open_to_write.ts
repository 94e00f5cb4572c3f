import { refuseInsideWorker } from "../humans/refuse_inside_worker.ts";
import { ensureProfile } from "../profile/ensure_profile.ts";
import type { Profile } from "../profile/profile.ts";
import type { CommandContext } from "./command.ts";

/**
 * Opens the profile for a change that is the person's alone to make, and makes it where it is not there yet.
 *
 * @param doing such as `write PLAYBOOK.md`
 * @throws {UserError} inside a worker.
 */
export async function openToWrite(open: CommandContext["open"], doing: string): Promise<Profile> {
  const profile = await open();
  await refuseInsideWorker(profile, doing);
  await ensureProfile(profile);
  return profile;
}
