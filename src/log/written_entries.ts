import { entryOf } from "../model/baseline.ts";
import type { Intent } from "../model/intent.ts";
import type { Mask } from "../model/mask.ts";
import type { Outcome } from "../model/outcome.ts";
import { parseGoal } from "../profile/parse_goal.ts";
import type { Written } from "./next_state.ts";

/**
 * The entries of the world that a move itself wrote, from the move rather than from the files: a person may
 * have edited one again since. A new sensor's first reading is nobody's yet: it wakes the next tick.
 *
 * @param mask with which the next tick reads them
 */
export async function writtenEntries(
  { move, tainted }: Intent,
  { status, content }: Outcome,
  mask: Mask,
): Promise<Written> {
  if (status !== "made") return {};
  switch (move.action) {
    case "write_goal": {
      const body = content ?? move.body;
      const untrusted = tainted || parseGoal(move.id, body, "").untrusted;
      return { [`goal:${move.id}`]: await entryOf(mask(body), untrusted) };
    }
    case "archive_goal":
      return { [`goal:${move.id}`]: null };
    case "write_playbook":
      return { playbook: await entryOf(mask(move.body)) };
    case "remove_sensor":
      return { [`sensor:${move.name.replace(/\.[a-z0-9]+$/, "")}`]: null };
    case "stop_worker":
      return content ? { [`worker:${move.id}`]: await entryOf(JSON.parse(content)) } : {};
    default:
      return {};
  }
}
