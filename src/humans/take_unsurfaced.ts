import { readTextIfThere } from "../host/read_text.ts";
import { replaceFile } from "../host/replace_file.ts";
import type { AttentionItem } from "../model/attention.ts";
import type { Profile } from "../profile/profile.ts";
import { EMPTY_CURSOR, remember, unseen } from "./cursor.ts";
import { listCalls } from "./list_attention.ts";

/** How many items are put before the person at once; the rest follows at the next tick. */
const AT_ONCE = 10;

/**
 * Takes the asks and flags that were not put before the person yet. They are remembered before anything is
 * done about them: better not told than told again at every start of a looop that crashes.
 */
export async function takeUnsurfaced(profile: Profile): Promise<AttentionItem[]> {
  const { surfaced } = profile.paths;
  const calls = await listCalls(profile);
  const { items, cursor } = await since(calls, (await readTextIfThere(surfaced))?.trim());
  if (items.length === 0) return [];
  const taken = items.slice(0, AT_ONCE);
  await replaceFile(surfaced, await remember(cursor, calls, taken) + "\n", { durable: false });
  return taken;
}

/** A file that was damaged is begun anew. */
async function since(calls: AttentionItem[], cursor = EMPTY_CURSOR) {
  try {
    return { items: await unseen(calls, cursor), cursor };
  } catch {
    return { items: calls, cursor: EMPTY_CURSOR };
  }
}
