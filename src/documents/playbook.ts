import { readBytes } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import {
  bytesAt,
  fileHistory,
  requireRepository,
  resolveCommit,
  type Revision,
} from "../profile/history.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { equalBytes } from "../schema/json.ts";

const PLAYBOOK = "PLAYBOOK.md";

/** PLAYBOOK.md as it was. */
export interface PlaybookThen {
  /** The revision, short. */
  rev: string;
  bytes: Uint8Array<ArrayBuffer>;
  text: string;
}

/**
 * Lists the commits that changed PLAYBOOK.md, newest first.
 *
 * @throws {UserError} where no history is kept.
 */
export async function playbookHistory(profile: Profile): Promise<Revision[]> {
  requireRepository(profile, `tell the history of ${PLAYBOOK}`);
  return await fileHistory(profile, PLAYBOOK);
}

/** Tells whether PLAYBOOK.md holds what no commit has yet. */
export async function playbookUncommitted(profile: Profile): Promise<boolean> {
  const last = await resolveCommit(profile, "HEAD").catch(() => null);
  if (last === null || kindAt(profile.paths.playbook) !== "file") return true;
  const committed = await bytesAt(profile, last.commit, PLAYBOOK);
  return committed === null || !equalBytes(committed, readBytes(profile.paths.playbook));
}

/**
 * PLAYBOOK.md as it is, whatever it holds.
 *
 * @throws {UserError} where there is none.
 */
export function currentPlaybook({ paths }: Profile): Uint8Array<ArrayBuffer> {
  if (kindAt(paths.playbook) !== "nothing") return readBytes(paths.playbook);
  throw new UserError(
    `there is no ${paths.playbook}: looop playbook write begins one, looop playbook restore HEAD brings back the last`,
  );
}

/**
 * PLAYBOOK.md as it was in a revision.
 *
 * @throws {UserError} where there is no such revision, or that had none that is a text.
 */
export async function playbookAt(profile: Profile, named: string): Promise<PlaybookThen> {
  requireRepository(profile, `look at ${named} of ${PLAYBOOK}`);
  const { rev, commit } = await resolveCommit(profile, named);
  const bytes = await bytesAt(profile, commit, PLAYBOOK);
  const all = "looop playbook history lists those that changed it";
  if (bytes === null) throw new UserError(`there was no ${PLAYBOOK} at ${named}: ${all}`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { rev, bytes, text };
  } catch (cause) {
    throw new UserError(`${PLAYBOOK} at ${named} is not valid UTF-8: ${all}`, { cause });
  }
}

/** PLAYBOOK.md as it was before it became what it is now; `null`: it never was otherwise. */
export async function lastOther(
  profile: Profile,
  now: Uint8Array,
): Promise<PlaybookThen | null> {
  for (const { rev } of await playbookHistory(profile)) {
    const then = await playbookAt(profile, rev).catch(() => null);
    if (then !== null && !equalBytes(then.bytes, now)) return then;
  }
  return null;
}
