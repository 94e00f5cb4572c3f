import { type AskList, listAsks } from "../humans/ask_files.ts";
import { isExpired } from "../model/ask.ts";
import type { Profile } from "../profile/profile.ts";

/** The asks that wait for a human: those without an answer that have not run out. */
export async function openAsks(profile: Profile): Promise<AskList> {
  const { asks, broken } = await listAsks(profile);
  const now = profile.clock.now().toISOString();
  return { asks: asks.filter((ask) => !ask.answer && !isExpired(ask, now)), broken };
}
