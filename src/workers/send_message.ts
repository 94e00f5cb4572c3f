import { join } from "@std/path";
import { replaceFile } from "../host/replace_file.ts";
import { Watch } from "../host/watch.ts";
import { nextLook } from "../humans/next_look.ts";
import { TimeLimit } from "../humans/time_limit.ts";
import { UserError } from "../model/user_error.ts";
import {
  type WorkerMessage,
  type WorkerReply,
  workerReplySchema,
} from "../model/worker_message.ts";
import { parseFile } from "../profile/parse_file.ts";
import type { Profile } from "../profile/profile.ts";
import { replyPath } from "./take_messages.ts";
import { workerFiles } from "./worker_files.ts";

/** What {@linkcode sendMessage} takes; all of it is optional. */
export interface SendOptions {
  /** Milliseconds to wait for the reply. Default: as long as it takes. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Where a folder cannot be watched, for want of watches, this is how soon a reply is seen. */
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
    await nextLook(profile.clock, watch, POLL_MS, limit.signal);
  }
}
