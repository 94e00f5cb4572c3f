import { createFile } from "../host/replace_file.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "./profile.ts";

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
  const text = await readTextIfThere(paths.profileId);
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
    if (await readTextIfThere(paths.profileId) === null) throw error;
    return null;
  }
}
