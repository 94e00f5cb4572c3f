import { join } from "@std/path";
import { callingWorker } from "../inbox/caller.ts";
import type { WaitOptions } from "../inbox/wait.ts";
import { poll } from "../os/clock.ts";
import { Watch } from "../os/watch.ts";
import { replaceFile } from "../os/write.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import type { ToldVia, WorkerRecord } from "../schema/worker.ts";
import { workerFiles } from "../workers/files.ts";
import { messagesText, queuedMessages } from "../workers/messages.ts";
import { applyMessage, replyPath, type WorkerMessage, workerReplySchema } from "./server.ts";

/** How long a command in a sandbox waits for the loop by default. */
const REPLY_MS = 10_000;

/** Replies are found this late where the directory cannot be watched. */
const POLL_MS = 500;

/** The inbox of the worker in whose sandbox looop runs; `null` outside a sandbox. */
export function inboxOf({ env }: Pick<Profile, "env">): string | null {
  return env("LOOOP_INBOX") ?? null;
}

/**
 * Applies a message of a worker, or of the user about it. In the worker's sandbox it writes the message to the inbox, and
 * waits until the loop has applied it.
 *
 * @param options Default: wait ten seconds
 * @returns the value of {@linkcode applyMessage}; `null` on timeout or when `signal` fired: the loop applies the message
 * later.
 * @throws {UserError} where the message is rejected or cannot be sent, or another worker calls.
 */
export async function send(
  profile: Profile,
  record: WorkerRecord,
  message: WorkerMessage,
  { timeoutMs, signal }: WaitOptions = { timeoutMs: REPLY_MS },
): Promise<{ value: string | null } | null> {
  const inbox = inboxOf(profile);
  const caller = inbox === null
    ? await callingWorker(profile)
    : profile.env("LOOOP_SESSION_ID") ?? "";
  if (caller !== null && caller !== record.id) {
    throw new UserError(`cannot act for worker ${record.id} from inside another worker`);
  }
  if (inbox === null) return { value: await applyMessage(profile, record, message) };
  // The loop applies messages in the order of their names.
  const now = String(profile.clock.now().getTime()).padStart(15, "0");
  const name = `${now}-${crypto.randomUUID()}.json`;
  const files = workerFiles(profile.paths, record.id);
  const watch = new Watch([files.replies]);
  await replaceFile(join(inbox, name), JSON.stringify(message), { durable: false });
  const reply = await poll(
    profile.clock,
    () =>
      parseFile(replyPath(files, name), workerReplySchema, "Another version of looop wrote it."),
    { everyMs: POLL_MS, watch, timeoutMs, signal },
  );
  if (reply?.done === false) throw new UserError(reply.why);
  return reply && { value: reply.value };
}

/**
 * Passes the messages that wait for a worker to the worker, and records that they have reached it. Until then they are
 * queued: one whose delivery is cut off is delivered again.
 *
 * @param print shows a text to the worker; what it throws, and an aborted `signal`, means that it did not reach it
 * @returns the number of messages.
 */
export async function receiveTold(
  profile: Profile,
  record: WorkerRecord,
  via: Exclude<ToldVia, "typed">,
  print: (text: string) => void,
  signal?: AbortSignal,
): Promise<number> {
  const messages = await queuedMessages(workerFiles(profile.paths, record.id));
  if (messages.length === 0) return 0;
  print(messagesText(messages));
  // After SIGPIPE they did not reach the worker.
  signal?.throwIfAborted();
  await send(profile, record, { say: "told", received: messages.map(({ id }) => id), via });
  return messages.length;
}
