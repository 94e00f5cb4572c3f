import { basename, join } from "@std/path";
import * as z from "zod/mini";
import { closeWorkerAsk } from "../inbox/answer.ts";
import { findAsk, listAsks } from "../inbox/asks.ts";
import { clearFlag, raiseAsk, raiseFlag } from "../inbox/flags.ts";
import { ensureDir, listDir, removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { listUpTo } from "../os/untrusted_dirs.ts";
import { isRegular, readRegular, tryMove } from "../os/untrusted_files.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import { listInboxes } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { idSchema, maxLength } from "../schema/schema.ts";
import type { WorkerRecord } from "../schema/worker.ts";
import { unclaim } from "../workers/claims.ts";
import { readFacts, type WorkerFiles, workerFiles } from "../workers/files.ts";
import { recordDelivery } from "../workers/messages.ts";
import { reportCost } from "../workers/meter.ts";
import { stopSession } from "../workers/stop.ts";

const text = z.string().check(maxLength(1_000_000));
const name = z.string().check(maxLength(100));

/** Checks a file of an inbox. */
export const workerMessageSchema = z.discriminatedUnion("say", [
  z.strictObject({
    say: z.literal("ask"),
    question: text,
    options: z.optional(z.array(text).check(maxLength(100))),
    ref: z.optional(text),
    /** The agent program whose permission hook asks. */
    hook: z.optional(z.enum(["claude", "codex", "opencode"])),
  }),
  /** The answer to this ask has reached the worker. */
  z.strictObject({ say: z.literal("delivered"), ask: idSchema }),
  /** The worker needs no answer to this ask any more. */
  z.strictObject({ say: z.literal("withdraw"), ask: idSchema }),
  z.strictObject({ say: z.literal("flag"), note: z.optional(text) }),
  z.strictObject({ say: z.literal("unflag") }),
  z.strictObject({
    say: z.literal("propose"),
    what: z.enum(["playbook", "goal", "sensor", "schedule"]),
    name: z.optional(name),
    body: text,
  }),
  z.strictObject({ say: z.literal("unclaim"), claim: name }),
  /** What the worker has cost since its last report. */
  z.strictObject({
    say: z.literal("cost"),
    usd: z.number().check(z.minimum(0), z.maximum(100_000)),
  }),
  /** These messages have reached the worker. */
  z.strictObject({
    say: z.literal("told"),
    received: z.array(name).check(maxLength(1000)),
    via: z.enum(["answer", "told", "hook", "kill"]),
  }),
  /** The worker is done, and is to be ended. */
  z.strictObject({ say: z.literal("kill") }),
]);

/** What a worker in a sandbox reports, one file of its inbox each; the directory alone identifies the worker. */
export type WorkerMessage = z.infer<typeof workerMessageSchema>;

/** Checks the reply to a message. */
export const workerReplySchema = z.discriminatedUnion("done", [
  z.strictObject({ done: z.literal(true), value: z.nullable(z.string()) }),
  z.strictObject({ done: z.literal(false), why: z.string() }),
]);

/** The result of a message: what the command that wrote it prints, or why it was refused. */
export type WorkerReply = z.infer<typeof workerReplySchema>;

/** The maximum number of open asks and proposals of one worker. */
const MAX_OPEN = 50;

/**
 * Applies a message of a worker, which affects that worker alone.
 *
 * @returns what the command that sent it prints: the id of an ask or a proposal; `yes` where a flag was up, a claim was held
 * or a cost recorded; the result of a kill; otherwise `null`.
 * @throws {UserError} where the message is rejected.
 */
export async function applyMessage(
  profile: Profile,
  record: WorkerRecord,
  message: WorkerMessage,
): Promise<string | null> {
  const { id, generation } = record;
  switch (message.say) {
    case "ask": {
      const { say: _, ...question } = message;
      await checkOpen(profile, id, message.question);
      return (await raiseAsk(profile, { worker: id, generation, ...question })).id;
    }
    case "delivered":
    case "withdraw": {
      const ask = await findAsk(profile, message.ask);
      if (ask?.worker !== id || ask.run_id !== generation) {
        throw new UserError(`${message.ask} is not an ask of worker ${id}`);
      }
      const event = message.say === "delivered" ? "delivered" : "withdrawn";
      await closeWorkerAsk(profile, ask.id, event);
      return null;
    }
    case "flag":
      await raiseFlag(profile, id, message.note);
      return null;
    case "unflag":
      return yesIf(await clearFlag(profile, id));
    case "propose": {
      const { what, name, body } = message;
      await checkOpen(profile, id);
      // It judges the change by policy, and few messages need that.
      const { propose } = await import("../documents/propose.ts");
      return (await propose(profile, { what, name, body, worker: id })).id;
    }
    case "unclaim":
      return yesIf(await unclaim(profile, message.claim, id));
    case "cost":
      return yesIf(await reportCost(profile, record, message.usd));
    case "told":
      await recordDelivery(profile, id, message.received, message.via);
      return null;
    case "kill":
      return (await stopSession(profile, id, { itself: true })).how;
  }
}

const yesIf = (done: boolean) => done ? "yes" : null;

async function checkOpen(profile: Profile, id: string, question?: string): Promise<void> {
  const open = (await listAsks(profile)).asks.filter(({ answer, worker, proposer }) =>
    !answer && (worker === id || proposer === id)
  );
  if (open.length < MAX_OPEN || open.some((ask) => ask.question === question)) return;
  throw new UserError(
    `cannot ask for ${id}: ${open.length} of its asks and proposals are open already; wait for an answer`,
  );
}

/**
 * Receives and applies the messages of workers in a sandbox. Several looops can do so at a time. Never throws for what a
 * worker wrote.
 *
 * @param only receive from this worker alone
 */
export async function receive(profile: Profile, only?: string): Promise<void> {
  const ids = listInboxes(profile.paths).filter((id) => only === undefined || id === only);
  const max = only === undefined ? MAX_TAKEN.tick : MAX_TAKEN.end;
  await Promise.all(ids.map((id) => receiveFrom(profile, id, max)));
}

/** Where the reply to a message is. */
export function replyPath(files: WorkerFiles, name: string): string {
  return join(files.replies, basename(name));
}

/** How many replies are kept: the sender reads its reply at once. */
const MAX_REPLIES = 500;
/** How many files of an inbox are looked at, at once. */
const AT_ONCE = 1000;
/** How many messages of one worker are taken at once; the others follow, but for those of one that has ended. */
const MAX_TAKEN = { tick: 60, end: AT_ONCE };
/** Of one message. */
const MAX_BYTES = 1_000_000;
const NAME = /^[\w-]{1,100}\.json$/;

async function receiveFrom(profile: Profile, id: string, max: number): Promise<void> {
  const { heard } = profile.paths;
  const files = workerFiles(profile.paths, id);
  const record = (await readFacts(profile, files).catch(() => null))?.record;
  if (!record) return;
  const takenDir = join(heard, `${id}.${record.generation}`);
  // Usually there is nothing, which takes no lock to see.
  const hasMessages = async (dir: string) => {
    const { names, more } = await listUpTo(dir, AT_ONCE, profile.environment);
    return more || names.some((name) => isMessage(dir, name));
  };
  if (!await hasMessages(takenDir) && !await hasMessages(files.inbox)) return;
  ensureDir(heard);
  using _ = await lock(join(heard, `${id}.lock`));
  for await (const path of takeMessages(profile, id, files.inbox, takenDir, max)) {
    await handleMessage(profile, record, files, path);
  }
  const old = listDir(files.replies).slice(0, -MAX_REPLIES);
  for (const { name } of old) await removeFile(replyPath(files, name));
}

function isMessage(dir: string, name: string): boolean {
  return NAME.test(name) && isRegular(join(dir, name));
}

/**
 * Moves the messages of an inbox, oldest first, to where the worker cannot change them, and yields their paths there. Those
 * that a crash left there come first.
 */
async function* takeMessages(
  profile: Profile,
  id: string,
  inbox: string,
  takenDir: string,
  max: number,
): AsyncGenerator<string> {
  ensureDir(takenDir);
  const left = await listUpTo(takenDir, AT_ONCE, profile.environment);
  for (const name of left.names) yield join(takenDir, name);
  const { names, more } = await listUpTo(inbox, AT_ONCE, profile.environment);
  const messages = names.filter((name) => isMessage(inbox, name));
  if (more && messages.length === 0) {
    profile.warn(
      `cannot receive from worker ${id}: its inbox has too many files that are no messages`,
    );
  }
  for (const name of messages.slice(0, max)) {
    const path = join(takenDir, name);
    if (await tryMove(join(inbox, name), path)) yield path;
  }
  await removeFile(takenDir).catch(() => undefined);
}

/** Applies the message in a file, replies to it, and removes the file; a file without a message is dropped. */
async function handleMessage(
  profile: Profile,
  record: WorkerRecord,
  files: WorkerFiles,
  path: string,
): Promise<void> {
  const remove = () => removeFile(path).catch(() => undefined);
  const name = basename(path);
  let message: WorkerMessage;
  try {
    const text = await readRegular(path, MAX_BYTES);
    const parsed = workerMessageSchema.safeParse(JSON.parse(text ?? ""));
    if (!parsed.success) throw new UserError("it has an unknown form");
    message = parsed.data;
  } catch (error) {
    await remove();
    const why = messageOf(error);
    await appendEvent(profile, { event: "message_dropped", worker: record.id, file: name, why });
    profile.warn(`dropped a file in the inbox of worker ${record.id}: it is not a message`);
    return;
  }
  // After a crash, a message is applied again. Only a cost is not idempotent.
  if (message.say === "cost") await remove();
  const reply = await applyMessage(profile, record, message).then(
    (value): WorkerReply => ({ done: true, value }),
    (error): WorkerReply => ({ done: false, why: messageOf(error) }),
  );
  await replaceFile(replyPath(files, name), JSON.stringify(reply), { durable: false });
  await remove();
}
