import { join } from "@std/path";
import { nextCheck, TimeLimit } from "../inbox/wait.ts";
import { Watch } from "../os/watch.ts";
import { replaceFile } from "../os/write.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import type { WorkerRecord } from "../schema/worker.ts";
import { workerFiles } from "../workers/files.ts";
import { type WorkerMessage, type WorkerReply, workerReplySchema } from "./protocol.ts";
import { applyMessage, replyPath } from "./server.ts";

/** How long a command inside a sandbox waits until what it says is heard, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Says something in the name of a worker: does it at once, or, inside the worker's sandbox, has the loop do it.
 *
 * @param options how long to wait for the loop. Default: ten seconds
 * @returns what {@linkcode applyMessage} does; `null`: the loop has not heard it yet, but will.
 * @throws {UserError} where it is refused.
 */
export async function say(
  profile: Profile,
  record: WorkerRecord,
  message: WorkerMessage,
  options: SendOptions = { timeoutMs: PATIENCE_MS },
): Promise<{ value: string | null } | null> {
  if (inboxOf(profile) !== null) return await sendMessage(profile, record.id, message, options);
  return { value: await applyMessage(profile, record, message) };
}

/** What {@linkcode sendMessage} takes; all of it is optional. */
export interface SendOptions {
  /** Milliseconds to wait for the reply. Default: as long as it takes. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Where a directory cannot be watched, for want of watches, this is how soon a reply is seen. */
const POLL_MS = 500;

/** The inbox of the worker in whose sandbox this runs; `null`: in none. */
export function inboxOf({ env }: Pick<Profile, "env">): string | null {
  return env("LOOOP_INBOX") ?? null;
}

/**
 * Says something to looop from inside a sandbox, and waits for what becomes of it; `null`: time was up, or `signal`
 * fired, and it is heard whenever looop looks.
 *
 * @param worker the one whose sandbox it is
 * @throws {UserError} where it was refused, or cannot be said.
 */
export async function sendMessage(
  profile: Profile,
  worker: string,
  message: WorkerMessage,
  { timeoutMs, signal }: SendOptions = {},
): Promise<{ value: string | null } | null> {
  const inbox = inboxOf(profile);
  if (inbox === null) throw new UserError("there is no inbox: this runs in no sandbox");
  if (profile.env("LOOOP_SESSION_ID") !== worker) {
    throw new UserError(
      `from inside a sandbox a worker speaks for itself alone, not for ${worker}`,
    );
  }
  const now = profile.clock.now().getTime();
  // In the order of their names they are heard.
  const name = `${String(now).padStart(15, "0")}-${crypto.randomUUID()}.json`;
  const files = workerFiles(profile.paths, worker);
  using limit = new TimeLimit(profile.clock, timeoutMs, signal);
  const watch = new Watch([files.replies]);
  await replaceFile(join(inbox, name), JSON.stringify(message), { durable: false });
  for (;;) {
    const reply: WorkerReply | null = await parseFile(
      replyPath(files, name),
      workerReplySchema,
      "It comes from another version of looop.",
    );
    if (reply?.done === false) throw new UserError(reply.why);
    if (reply) return { value: reply.value };
    if (limit.signal.aborted) return null;
    await nextCheck(profile.clock, watch, POLL_MS, limit.signal);
  }
}
