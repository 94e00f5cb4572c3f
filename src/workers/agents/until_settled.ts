import * as z from "zod/mini";
import type { Clock } from "../../host/clock.ts";
import { readTail } from "../../host/read_tail.ts";
import { settledInSession } from "./settled_in_session.ts";

const POLL_MS = 2000;
/** Enough to hold a call that a person can be asked about, and what came after it. */
const TAIL_BYTES = 1_000_000;

const request = z.object({ transcript_path: z.string() });

/**
 * Waits until a permission that was asked for has been settled in the session itself; resolves also when `signal`
 * fires. Where the request names no transcript that can be read, nothing is ever seen.
 *
 * @param stdin what the hook was given
 * @param since when the hook was called
 */
export async function untilSettled(
  clock: Clock,
  stdin: string,
  since: Date,
  signal: AbortSignal,
): Promise<void> {
  const asked = request.safeParse(JSON.parse(stdin));
  const path = asked.success ? asked.data.transcript_path : undefined;
  while (!signal.aborted) {
    await clock.sleep(POLL_MS, signal);
    if (path === undefined) continue;
    // Not to be read just now, or never: the person can still answer the ask.
    const tail = await readTail(path, TAIL_BYTES).catch(() => "");
    if (settledInSession(stdin, tail, since)) return;
  }
}
