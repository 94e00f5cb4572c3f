import { join } from "@std/path";
import { ensureDir, removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { readRegular } from "../os/untrusted_files.ts";
import { appendLine, replaceFile } from "../os/write.ts";
import { appendEvent, appendJournal, journalLine, journalTail } from "../profile/journal.ts";
import { unknownWorker } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import { parseAs } from "../schema/schema.ts";
import { cut, localTime, plural } from "../schema/text.ts";
import { type Told, toldSchema, type ToldVia } from "../schema/worker.ts";
import { messageNames, type WorkerFiles, workerFiles } from "./files.ts";
import { listWorkers, sessionName } from "./list.ts";
import { socketOf, tmux } from "./tmux.ts";

/** Characters of one message. */
export const MAX_MESSAGE = 100_000;
/** Messages that may wait for one worker. */
const MAX_QUEUED = 100;

/**
 * Queues a message for a living worker.
 *
 * @param from the run whose move tells it; `null`: the user does
 * @throws {UserError} if the worker does not exist or has ended, or too many messages wait for it.
 */
export async function queueMessage(
  profile: Profile,
  id: string,
  { text, from }: { text: string; from: string | null },
): Promise<Told> {
  await requireAlive(profile, id);
  const files = workerFiles(profile.paths, id);
  const waiting = await queuedMessages(files);
  // A move that is repeated after a crash finds its message.
  const same = from === null ? undefined : [...waiting, ...await deliveredMessages(files)]
    .find((message) => message.from === from);
  if (same) return same;
  if (waiting.length >= MAX_QUEUED) {
    throw new UserError(
      `cannot tell worker ${id}: ${waiting.length} messages wait for it already; looop told ${id} lists them`,
    );
  }
  const message = newMessage(profile, text, from);
  ensureDir(files.messages);
  const path = join(files.messages, `${message.id}.json`);
  await replaceFile(path, JSON.stringify(message) + "\n");
  await appendEvent(profile, { event: "told", worker: id, message: message.id, state: "queued" });
  return message;
}

function newMessage({ clock }: Profile, text: string, from: string | null): Told {
  const at = clock.now();
  // Sorts by age.
  const id = `${String(at.getTime()).padStart(15, "0")}-${crypto.randomUUID().slice(0, 8)}`;
  return { id, text, from, at: at.toISOString() };
}

async function requireAlive(profile: Profile, id: string) {
  const [worker] = await listWorkers(profile, { only: id });
  if (!worker) throw unknownWorker(profile.paths, id);
  if (worker.alive) return worker;
  throw new UserError(`cannot tell worker ${id}: it has ended (${worker.state})`);
}

/** The maximum size of a message, in bytes. */
const MAX_BYTES = 1 << 20;

/** Reads the messages that wait for a worker, oldest first. */
export async function queuedMessages(files: Pick<WorkerFiles, "messages">): Promise<Told[]> {
  const names = await messageNames(files);
  const queued: Told[] = [];
  for (const name of names) {
    // A worker without a sandbox may write there.
    const text = await readRegular(join(files.messages, name), MAX_BYTES).catch(() => null);
    queued.push(...[parseAs(toldSchema, text ?? "") ?? []].flat());
  }
  return queued;
}

/** Reads the messages that a worker has received, in the order of their delivery. */
export async function deliveredMessages(files: Pick<WorkerFiles, "delivered">): Promise<Told[]> {
  const text = await readTextIfPresent(files.delivered) ?? "";
  return text.split("\n").flatMap((line) => parseAs(toldSchema, line) ?? []);
}

/** Records that messages have reached a worker; those that are not queued any more are left out. */
export async function recordDelivery(
  profile: Profile,
  id: string,
  ids: readonly string[],
  via: ToldVia,
): Promise<void> {
  if (ids.length === 0) return;
  const files = workerFiles(profile.paths, id);
  using _ = await lock(`${files.delivered}.lock`);
  for (const message of await queuedMessages(files)) {
    if (ids.includes(message.id)) await deliver(profile, id, message, via);
  }
}

async function deliver(profile: Profile, id: string, message: Told, via: ToldVia): Promise<Told> {
  const files = workerFiles(profile.paths, id);
  const delivered = { ...message, delivered: { at: profile.clock.now().toISOString(), via } };
  await appendLine(files.delivered, JSON.stringify(delivered));
  await removeFile(join(files.messages, `${message.id}.json`));
  const event = { event: "told", worker: id, message: message.id, state: "delivered", via };
  await appendEvent(profile, event);
  return delivered;
}

/** Renders messages for a worker: who says what, and when. Empty if there are none. */
export function messagesText(messages: readonly Told[]): string {
  return messages.map(({ text, from, at }) => {
    const who = from === null ? "your user" : "the loop that started you";
    return `Message from ${who} (${localTime(new Date(at))}):\n${text.trimEnd()}\n`;
  }).join("\n");
}

/** Milliseconds between the text and Enter: some programs take both at once for a pasted text. */
const BEFORE_ENTER_MS = 300;

/**
 * Types a message into the session of a worker, and records it as delivered.
 *
 * @returns the message; the reason if it cannot be typed now: there it could answer a question, or reach no one.
 * @throws {UserError} if the worker does not exist or has ended.
 */
export async function typeMessage(
  profile: Profile,
  id: string,
  text: string,
): Promise<Told | string> {
  const { state, flag } = await requireAlive(profile, id);
  if (state === "orphaned") return "it has no terminal: its tmux server died";
  // Enter would choose what its dialog proposes.
  if (state === "waiting" || flag) {
    return "it waits for an answer, which typed text could be taken for";
  }
  const target = `=${sessionName(id)}:`;
  const socket = await socketOf(profile);
  const run = (args: string[], stdin?: string) => tmux(profile, socket, args, { stdin });
  const mode = await run(["display-message", "-p", "-t", target, "#{pane_dead}#{pane_in_mode}"]);
  if (mode.code !== 0) return "its session does not respond";
  if (mode.stdout.trim() !== "00") return "its terminal is scrolled back";
  const buffer = `tell-${id}`;
  const typed = [
    () => run(["load-buffer", "-b", buffer, "-"], typeable(text)),
    () => run(["paste-buffer", "-d", "-p", "-r", "-b", buffer, "-t", target]),
    async () => {
      await profile.clock.sleep(BEFORE_ENTER_MS);
      return await run(["send-keys", "-t", target, "Enter"]);
    },
  ];
  for (const step of typed) {
    if ((await step()).code !== 0) return "its session does not respond";
  }
  return await deliver(profile, id, newMessage(profile, text, null), "typed");
}

/** Without control characters, of which some would end the paste, and without line breaks at the end. */
function typeable(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/(?![\n\t])\p{Cc}/gu, "").trimEnd();
}

/** How much of an undelivered message the journal repeats, in characters. */
const MAX_REPEATED = 200;
/** Journal lines among which that of an ended worker is looked for, after a crash. */
const TAIL_LINES = 50;

/** Notes in the journal that a worker ended before messages reached it. */
export async function noteUndelivered(
  profile: Profile,
  id: string,
  files: WorkerFiles,
): Promise<void> {
  const left = await queuedMessages(files);
  if (left.length === 0) return;
  const which = `(${left[0].id})`;
  const tail = await journalTail(profile, TAIL_LINES);
  if (tail.some((line) => line.includes(which))) return;
  const first = JSON.stringify(cut(left[0].text, MAX_REPEATED));
  const text = `worker ${id} ended with ${
    plural(left.length, "undelivered message")
  }: ${first} ${which}`;
  const tainted = left.some(({ from }) => from !== null);
  await appendJournal(
    profile,
    journalLine(profile.clock.now(), profile.mask(text), tainted),
  );
  await appendEvent(profile, { event: "undelivered", worker: id, messages: left.length });
}

/** What the first message of a continued worker is written from. */
export interface Continuation {
  /** Its agent continues its session; `false`: it begins a new one. */
  continued: boolean;
  /** It had stopped at a usage limit; `false`: its session was interrupted. */
  limited: boolean;
  /** Path of its prompt. */
  promptFile: string;
  /** Path of its report so far; `null` if it has written none. */
  report: string | null;
  /** Path of what its terminal showed. */
  transcript: string;
  /** Its asks that are not closed: those with an answer it has not received yet. */
  asks: readonly Ask[];
}

/** The first message of a continued worker: what happened, and what was answered meanwhile. */
export function continuationText(
  { continued, limited, promptFile, report, transcript, asks }: Continuation,
): string {
  const opening = continued
    ? `${
      limited ? "A usage limit had stopped you." : "Your session was interrupted."
    } It continues now. ` +
      "A command that was running may be half done: check the state of your work before you go on."
    : "You take over from a worker whose session was interrupted; its conversation is not recorded. " +
      `Read all of the file ${promptFile}: it describes the task. ` +
      (report === null
        ? "There is no report yet. "
        : `The report so far is ${report}: read it first. `) +
      `What the terminal showed is in ${transcript}. Find out what is done before you go on.`;
  const answered = asks.flatMap(({ question, answer }) =>
    answer ? [`You asked: ${question}\nYour user has answered: ${answer.text}`] : []
  );
  const open = asks.flatMap(({ question, answer }) => answer ? [] : [`- ${question}`]);
  const waiting = open.length === 0
    ? []
    : [`Not answered yet; to wait for the answer, run the same command again:\n${open.join("\n")}`];
  return [opening, ...answered, ...waiting, "Go on with your task."].join("\n\n") + "\n";
}

/** Bytes of a message that is passed as an argument; Linux limits one to 128 KiB. */
const MAX_INLINE = 60_000;

/** The message itself if it is short enough for an argument, otherwise where it is. */
export function asArgument(text: string, file: string): string {
  return new TextEncoder().encode(text).length <= MAX_INLINE
    ? text.trimEnd()
    : `Your session continues now. Read all of the file ${file} before you go on.`;
}
