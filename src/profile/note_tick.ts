import { replaceFile } from "../host/replace_file.ts";
import type { LastTick } from "../model/last_tick.ts";
import type { TickResult } from "../model/tick_result.ts";
import type { Profile } from "./profile.ts";

/** Notes a tick for `looop status`; not durable, since the next tick notes itself again. */
export async function noteTick({ paths, clock }: Profile, result: TickResult): Promise<void> {
  const hash = "hash" in result ? result.hash : null;
  const note: LastTick = { at: clock.now().toISOString(), hash, outcome: result.outcome };
  await replaceFile(paths.lastTick, JSON.stringify(note) + "\n", { durable: false });
}
