import type { WorkerRecord } from "./model/worker.ts";
import type { WorkerMessage } from "./model/worker_message.ts";
import type { Profile } from "./profile/profile.ts";
import { inboxOf, sendMessage, type SendOptions } from "./workers/send_message.ts";

/** How long a command inside a sandbox waits until what it says is heard, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Says something in the name of a worker: does it at once, or, inside the worker's sandbox, has the loop do it.
 *
 * @param options how long to wait for the loop. Default: ten seconds
 * @returns what {@linkcode carryOut} does; `null`: the loop has not heard it yet, but will.
 * @throws {UserError} where it is refused.
 */
export async function say(
  profile: Profile,
  record: WorkerRecord,
  message: WorkerMessage,
  options: SendOptions = { timeoutMs: PATIENCE_MS },
): Promise<{ value: string | null } | null> {
  if (inboxOf(profile) !== null) return await sendMessage(profile, record.id, message, options);
  const { carryOut } = await import("./carry_out.ts");
  return { value: await carryOut(profile, record, message) };
}
