import { lock } from "../host/lock.ts";
import { changedIn } from "../profile/git_memory.ts";
import type { Profile } from "../profile/profile.ts";
import { closeAsk, findAsk, writeAsk } from "./ask_files.ts";
import { maskAsk } from "./mask_ask.ts";

/**
 * Masks those asks in their files that git does not have yet: a worker knows few secrets, so what it asks, and
 * what it closes, it cannot mask itself.
 *
 * @returns paths of those that must stay as they are for now, since a worker is still to get their answer.
 */
export async function maskChangedAsks(profile: Profile): Promise<string[]> {
  const { mask, paths } = profile;
  if (mask.idle) return [];
  using _ = await lock(paths.asksLock);
  const kept: string[] = [];
  for (const path of await changedIn(profile, "asks")) {
    const id = /^asks\/(?:closed\/)?([^/]+)\.json$/.exec(path)?.[1];
    // One that cannot be read is told where asks are listed.
    const ask = id === undefined ? null : await findAsk(profile, id).catch(() => null);
    if (!ask) continue;
    if (JSON.stringify(ask) !== JSON.stringify(maskAsk(mask, ask))) {
      if (ask.closed_by !== undefined) await closeAsk(profile, ask, ask.closed_by);
      else await writeAsk(profile, ask);
    }
    const secret = ask.answer !== undefined && mask(ask.answer.text) !== ask.answer.text;
    if (secret && ask.closed_by === undefined) kept.push(`asks/${ask.id}.json`);
  }
  return kept;
}
