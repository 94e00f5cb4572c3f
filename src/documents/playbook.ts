import { readBytes } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import {
  bytesAt,
  explainedHistory,
  requireRepository,
  resolveCommit,
  type Revision,
} from "../profile/history.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { equalBytes } from "./edit.ts";

const PLAYBOOK = "PLAYBOOK.md";

/**
 * Lists the commits that changed PLAYBOOK.md, newest first.
 *
 * @throws {UserError} if the data directory is not a git repository.
 */
export async function playbookHistory(profile: Profile): Promise<Revision[]> {
  requireRepository(profile, `list the history of ${PLAYBOOK}`);
  return await explainedHistory(profile, [PLAYBOOK]);
}

/** Reports whether PLAYBOOK.md has uncommitted changes. */
export async function playbookUncommitted(profile: Profile): Promise<boolean> {
  const last = await resolveCommit(profile, "HEAD").catch(() => null);
  if (last === null || kindAt(profile.paths.playbook) !== "file") return true;
  // Of a damaged one only its bytes would tell.
  const committed = await bytesAt(profile, last.commit, PLAYBOOK).catch(() => null);
  return !equalBytes(committed, readBytes(profile.paths.playbook));
}

/**
 * Reads PLAYBOOK.md, also if it is not a text.
 *
 * @throws {UserError} if it does not exist.
 */
export function currentPlaybook({ paths }: Profile): Uint8Array<ArrayBuffer> {
  if (kindAt(paths.playbook) !== "nothing") return readBytes(paths.playbook);
  throw new UserError(
    `cannot read ${paths.playbook}: it does not exist; run looop playbook restore HEAD, or looop playbook write`,
  );
}

/**
 * Reads PLAYBOOK.md of a revision.
 *
 * @returns it with the short name of the revision.
 * @throws {UserError} if the revision does not exist or has no PLAYBOOK.md.
 */
export async function playbookAt(profile: Profile, named: string) {
  requireRepository(profile, `read ${named} of ${PLAYBOOK}`);
  const { rev, commit } = await resolveCommit(profile, named);
  const bytes = await bytesAt(profile, commit, PLAYBOOK);
  if (bytes !== null) return { rev, bytes };
  throw new UserError(
    `cannot read ${PLAYBOOK} of ${named}: it did not exist; run looop playbook history for a list of revisions`,
  );
}

/** Reads the last PLAYBOOK.md that differs from the current one; `null`: there is none. */
export async function lastOther(profile: Profile, now: Uint8Array) {
  for (const { rev } of await playbookHistory(profile)) {
    const then = await playbookAt(profile, rev).catch(() => null);
    if (then !== null && !equalBytes(then.bytes, now)) return then;
  }
  return null;
}
