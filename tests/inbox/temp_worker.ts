import { NO_ACCESS } from "../../src/schema/config.ts";
import type { WorkerRecord } from "../../src/schema/worker.ts";
import type { TempProfile } from "../support/temp_profile.ts";

/** Puts the record of a worker into a profile, as if it had been started. */
export async function tempWorker(
  profile: TempProfile,
  id: string,
  more: Partial<WorkerRecord> = {},
): Promise<WorkerRecord> {
  const record: WorkerRecord = {
    id,
    generation: "g1",
    started_at: "2026-11-23T09:00:00.000Z",
    runner: "pi",
    goal: null,
    run_id: null,
    verify: null,
    verify_access: NO_ACCESS,
    sandbox: "none",
    wrapper: null,
    ...more,
  };
  await profile.write(`workers/${id}/worker.json`, JSON.stringify(record));
  return record;
}

/** Texts that break what is careless with them. */
export const HOSTILE: Record<string, string> = {
  quotes: `it's "quoted" \`and\` \\ more`,
  newlines: "first\nsecond\r\n\nfourth\u2028fifth",
  commands: "$(touch made) `touch made`; touch made && touch made | touch made #{host} %1$s",
  emoji: "👩‍👩‍👧‍👦 ⚑ 日本語 é \u202eright to left",
  control: "\u001b[31mred\u0007\u0000\u009b2J\u001b]0;title\u0007\ttab",
  long: "ä€😀".repeat(25_000),
};
