import { join } from "@std/path";
import { removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { fileAge, kindAt } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import { unknownWorker } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import { cut } from "../schema/text.ts";
import { type Flag, flagSchema } from "../schema/worker.ts";
import { isSameQuestion, listAsks, newAskId, writeAsk } from "./asks.ts";

/**
 * Reads the flag of a worker, masked; `null` when it is down. An unreadable flag counts as up, with the error as its
 * note, because the worker that raised it is waiting.
 */
export async function readFlag(profile: Profile, worker: string): Promise<Flag | null> {
  const path = pathOf(profile, worker);
  const age = fileAge(path, 0);
  if (age === null) return null;
  try {
    const flag = await parseFile(path, flagSchema, `looop unflag ${worker} removes it.`);
    return flag && { ...flag, note: profile.mask(flag.note) };
  } catch (error) {
    return { note: profile.mask(messageOf(error)), at: new Date(-age).toISOString() };
  }
}

/** Writes the flag of a worker, masked; durable. The caller holds the asks lock. */
async function writeFlag(profile: Profile, worker: string, flag: Flag): Promise<void> {
  checkWorker(profile, worker);
  const masked = { ...flag, note: profile.mask(flag.note) };
  await replaceFile(pathOf(profile, worker), JSON.stringify(masked, null, 2) + "\n");
}

/** @throws {UserError} if the worker does not exist. */
function checkWorker(profile: Profile, worker: string): void {
  if (kindAt(pathOf(profile, worker, "worker.json")) !== "file") {
    throw unknownWorker(profile.paths, worker);
  }
}

function pathOf(profile: Profile, worker: string, name = "flag.json"): string {
  if (!isId(worker)) throw unknownWorker(profile.paths, worker);
  return join(profile.paths.workers, worker, name);
}

/** The maximum length of the question in a flag's note, in characters. */
const MAX_QUESTION_NOTE = 200;

/** Raises the flag of the worker that asks, unless this ask already did. The caller holds the asks lock. */
async function flagForAsk(
  profile: Profile,
  { id, worker, question }: Ask,
): Promise<void> {
  if (worker === undefined || (await readFlag(profile, worker))?.ask === id) return;
  const at = profile.clock.now().toISOString();
  await writeFlag(profile, worker, { note: cut(question, MAX_QUESTION_NOTE), at, ask: id });
}

/** Removes the flag that an ask raised, unless the worker has another open ask. The caller holds the asks lock. */
export async function syncFlag(profile: Profile, { id, worker, run_id }: Ask): Promise<void> {
  if (worker === undefined || (await readFlag(profile, worker))?.ask !== id) return;
  const next = (await listAsks(profile)).asks.find((ask) =>
    ask.worker === worker && ask.run_id === run_id && ask.id !== id && !ask.answer
  );
  if (next) await flagForAsk(profile, next);
  else await removeFile(pathOf(profile, worker));
}

/** The maximum length of a note, in characters. */
export const MAX_NOTE = 100_000;

/**
 * Raises the flag of a worker, or replaces the note of the one that is up.
 *
 * @throws {UserError} if the worker does not exist, or the note is too long.
 */
export async function raiseFlag(profile: Profile, worker: string, note = ""): Promise<Flag> {
  if (note.length > MAX_NOTE) {
    throw new UserError(
      `cannot flag ${worker}: the note has ${note.length} characters; the maximum is ${MAX_NOTE}`,
    );
  }
  using _ = await lock(profile.paths.asksLock);
  // An ask that raised it still has to remove it.
  const ask = (await readFlag(profile, worker))?.ask;
  const at = profile.clock.now().toISOString();
  const flag: Flag = { note, at, ...(ask === undefined ? {} : { ask }) };
  await writeFlag(profile, worker, flag);
  await appendEvent(profile, { event: "flag", worker });
  return flag;
}

/**
 * Removes the flag of a worker; its asks stay open.
 *
 * @returns whether it was up.
 * @throws {UserError} if the worker does not exist.
 */
export async function clearFlag(profile: Profile, worker: string): Promise<boolean> {
  checkWorker(profile, worker);
  using _ = await lock(profile.paths.asksLock);
  if (await readFlag(profile, worker) === null) return false;
  await removeFile(pathOf(profile, worker));
  await appendEvent(profile, { event: "unflag", worker });
  return true;
}

/** The maximum length of a question without its options and `ref`, in characters. */
export const MAX_QUESTION = 100_000;
const MAX_OPTIONS = 10;
const MAX_OPTION = 1000;
const MAX_REF = 1000;

/** What a worker asks. */
export interface AskRequest {
  worker: string;
  /** That of the worker: an ask of an older worker with the same id is not its own. */
  generation: string;
  question: string;
  options?: string[];
  /** A path or address that the question is about. */
  ref?: string;
  /** The agent program whose permission hook asks. Default: the worker itself. */
  hook?: string;
}

/**
 * Asks the user a worker's question and raises its flag. A worker that is killed while it waits asks again: it then
 * receives its own ask, answered or not, until the answer was delivered.
 *
 * @throws {UserError} if the worker does not exist, or something is too long.
 */
export async function raiseAsk(profile: Profile, request: AskRequest): Promise<Ask> {
  const { worker, generation, question, ref, hook } = request;
  const refusal = refuse(request);
  if (refusal !== null) throw new UserError(`cannot ask for ${worker}: ${refusal}`);
  using _ = await lock(profile.paths.asksLock);
  checkWorker(profile, worker);
  const own = (await listAsks(profile)).asks.find((ask) =>
    ask.worker === worker && ask.run_id === generation && ask.hook === hook &&
    // What a hook asks is allowed by its answer: no text that the worker wrote may stand for it, nor a mask for what it hides.
    (hook === undefined ? isSameQuestion(ask.question, question) : ask.question === question)
  );
  if (own) {
    if (!own.answer) await flagForAsk(profile, own);
    return own;
  }
  const ask: Ask = {
    id: await newAskId(profile, "w"),
    kind: "question",
    // Before it is cut for the flag: half a secret would not be masked.
    question: profile.mask(question),
    options: request.options?.length ? request.options : undefined,
    ref,
    asked_at: profile.clock.now().toISOString(),
    run_id: generation,
    worker,
    ...(hook === undefined ? {} : { hook }),
  };
  // The ask first: a flag without its ask could not be answered.
  await writeAsk(profile, ask);
  await flagForAsk(profile, ask);
  await appendEvent(profile, { event: "ask", ask: ask.id, worker });
  return ask;
}

function refuse({ question, options = [], ref = "" }: AskRequest): string | null {
  if (question.trim() === "") return "the question is empty";
  if (options.length > MAX_OPTIONS) {
    return `there are ${options.length} options; the maximum is ${MAX_OPTIONS}`;
  }
  if (options.some((option) => option.trim() === "")) return "an option is empty";
  const limits = [["the question", question, MAX_QUESTION], ["ref", ref, MAX_REF]] as const;
  const all = [...limits, ...options.map((text) => ["an option", text, MAX_OPTION] as const)];
  const [what, text, max] = all.find(([, text, max]) => text.length > max) ?? [];
  return what ? `${what} has ${text?.length} characters; the maximum is ${max}` : null;
}
