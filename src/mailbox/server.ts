import { basename, join } from "@std/path";
import { propose, proposedBy } from "../documents/propose.ts";
import { deliverAnswer, withdrawAsk } from "../inbox/answer.ts";
import { findAsk, listAsks } from "../inbox/asks.ts";
import { clearFlag, raiseFlag } from "../inbox/flags.ts";
import { raiseAsk } from "../inbox/raise.ts";
import { ensureDir, listDir, removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { listNames, readRegular, tryMove } from "../os/untrusted_files.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import type { WorkerRecord } from "../schema/worker.ts";
import { unclaim } from "../workers/claims.ts";
import { listInboxes, readFacts, type WorkerFiles, workerFiles } from "../workers/files.ts";
import { reportCost } from "../workers/meter.ts";
import { stopSession } from "../workers/stop.ts";
import { type WorkerMessage, workerMessageSchema, type WorkerReply } from "./protocol.ts";

/** How much of one worker may wait for the person at once. */
const MOST_OPEN = 50;

/**
 * Does what a worker says, in its name and for it alone.
 *
 * @returns what the command that said it has to tell: the id of an ask or a proposal, whether a flag was up, a claim
 * held or a cost noted (`yes`), how its killing went; else `null`.
 * @throws {UserError} where it is refused.
 */
export async function applyMessage(
  profile: Profile,
  { id, generation, ...record }: WorkerRecord,
  message: WorkerMessage,
): Promise<string | null> {
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
        throw new UserError(`${message.ask} is no ask of worker ${id}`);
      }
      await (message.say === "delivered" ? deliverAnswer : withdrawAsk)(profile, ask.id);
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
      return (await propose(profile, { what, name, body, worker: id })).id;
    }
    case "unclaim":
      return yesIf(await unclaim(profile, message.claim, id));
    case "cost":
      return yesIf(await reportCost(profile, { id, generation, ...record }, message.usd));
    case "kill":
      return (await stopSession(profile, id, { itself: true })).how;
  }
}

function yesIf(held: boolean): string | null {
  return held ? "yes" : null;
}

async function checkOpen(profile: Profile, id: string, question?: string): Promise<void> {
  const open = (await listAsks(profile)).asks.filter(({ answer, worker, approval }) =>
    !answer && (worker === id || approval?.move.journal.endsWith(proposedBy(id)))
  );
  if (open.length < MOST_OPEN || open.some((ask) => ask.question === question)) return;
  throw new UserError(`${open.length} things of worker ${id} wait for the person already`);
}

/** How many replies are kept: whoever waits for one reads it at once. */
const KEPT = 500;

/** Replies to a message with what became of it; a bug of looop too is only told to the worker. */
export async function sendReply(
  files: WorkerFiles,
  name: string,
  doing: Promise<string | null>,
): Promise<void> {
  const reply: WorkerReply = await doing.then(
    (value) => ({ done: true, value }),
    (error) => ({ done: false, why: messageOf(error) }),
  );
  await replaceFile(replyPath(files, name), JSON.stringify(reply), { durable: false });
}

/** Removes the oldest replies where there are too many. */
export async function removeOldReplies(files: WorkerFiles): Promise<void> {
  const old = listDir(files.replies).map(({ name }) => name).slice(0, -KEPT);
  for (const name of old) await removeFile(replyPath(files, name));
}

/**
 * Hears what workers in a sandbox have said so far, and does it. Several looops can do so at a time. Never throws for
 * what a worker says.
 *
 * @param only this worker alone
 */
export async function receive(profile: Profile, only?: string): Promise<void> {
  const ids = listInboxes(profile.paths);
  await Promise.all(
    ids.filter((id) => only === undefined || id === only).map((id) => hear(profile, id)),
  );
}

async function hear(profile: Profile, id: string): Promise<void> {
  const files = workerFiles(profile.paths, id);
  // Mostly there is nothing, which takes no lock to see.
  const facts = await readFacts(profile, files).catch(() => null);
  if (!facts || !await hasMessages(profile, facts.record, files)) return;
  ensureDir(profile.paths.heard);
  using _ = await lock(join(profile.paths.heard, `${id}.lock`));
  for await (const { name, message, done } of takeMessages(profile, facts.record, files)) {
    // Done twice after a crash, all but this comes to the same.
    if (message.say === "cost") await done();
    await sendReply(files, name, applyMessage(profile, facts.record, message));
    await done();
  }
  await removeOldReplies(files);
}

/** What hearing workers needs, to be loaded in one go once there are some in a sandbox. */

/** A message that was taken from a worker's inbox. */
export interface Taken {
  /** Its file's name, after which its reply is called. */
  name: string;
  message: WorkerMessage;
  /** Forgets it: it will not be carried out again. */
  done(): Promise<void>;
}

/** How many messages of a worker are taken at once; the others follow. */
const AT_ONCE = 1000;
/** Of one message. */
const MAX_BYTES = 1_000_000;
/** Of the directory itself: tens of thousands of files. */
const MAX_DIR_BYTES = 4 * 1024 * 1024;
const NAME = /^[\w-]{1,100}\.json$/;

/** Tells whether there may be a message in a worker's inbox, or one that was taken before a crash. */
export async function hasMessages(profile: Profile, record: WorkerRecord, files: WorkerFiles) {
  for (const dir of [heardDir(profile, record), files.inbox]) {
    const names = await listNames(dir, MAX_DIR_BYTES);
    if (names === null || names.some((name) => NAME.test(name))) return true;
  }
  return false;
}

/**
 * Takes what a worker in a sandbox has put into its inbox, oldest first: moves each file to where the worker cannot
 * reach it, and only then looks at it. What is no message is dropped. The caller holds a lock, and carries out each
 * before it takes the next.
 */
export async function* takeMessages(
  profile: Profile,
  record: WorkerRecord,
  files: WorkerFiles,
): AsyncGenerator<Taken> {
  const heard = heardDir(profile, record);
  ensureDir(heard);
  // Those that a crash kept from being carried out.
  for (const name of await listNames(heard, Infinity) ?? []) {
    yield* look(profile, record, heard, name);
  }
  const names = await listNames(files.inbox, MAX_DIR_BYTES);
  if (names === null) {
    profile.warn(`the inbox of worker ${record.id} is flooded, so nothing that it says is heard`);
    return;
  }
  for (const name of names.filter((name) => NAME.test(name)).slice(0, AT_ONCE)) {
    if (!await tryMove(join(files.inbox, name), join(heard, name))) continue;
    yield* look(profile, record, heard, name);
  }
  // Empty again; else it is tried again.
  await removeFile(heard).catch(() => undefined);
}

async function* look(
  profile: Profile,
  { id }: WorkerRecord,
  dir: string,
  name: string,
): AsyncGenerator<Taken> {
  const path = join(dir, name);
  const done = () => removeFile(path).catch(() => undefined);
  try {
    const parsed = workerMessageSchema.safeParse(JSON.parse(readRegular(path, MAX_BYTES) ?? ""));
    if (parsed.success) return yield { name, message: parsed.data, done };
    await drop(`it has an unknown form`);
  } catch (error) {
    await drop(messageOf(error));
  }

  async function drop(why: string): Promise<void> {
    await done();
    await appendEvent(profile, { event: "message_dropped", worker: id, file: name, why });
    profile.warn(`worker ${id} has put into its inbox what is no message: it is dropped`);
  }
}

function heardDir({ paths }: Profile, { id, generation }: WorkerRecord): string {
  return join(paths.heard, `${id}.${generation}`);
}

/** Where the reply to a message is. */
export function replyPath(files: WorkerFiles, name: string): string {
  return join(files.replies, basename(name));
}
