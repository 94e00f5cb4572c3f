import { basename, join } from "@std/path";
import { type Mask, MASKED } from "../mask/mask.ts";
import { listDir, removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { stat } from "../os/stat.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import { changedIn } from "../profile/commits.ts";
import { appendEvent } from "../profile/events.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { type Ask, askSchema } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/primitives.ts";
import { describeIssues } from "../schema/schema.ts";
import { syncFlag } from "./flags.ts";

/** The asks of a directory, and the files there that are none. */
export interface AskList {
  /** Oldest first. */
  asks: Ask[];
  /** Files that could not be read as asks, each with the reason; they are left alone. */
  broken: string[];
}

/** Lists the asks that are open, or answered but not yet seen by a decision; masked. */
export async function listAsks({ paths, mask }: Profile): Promise<AskList> {
  const list: AskList = { asks: [], broken: [] };
  for (const { name } of listDir(paths.asks)) {
    if (!name.endsWith(".json") || name.startsWith(".")) continue;
    try {
      const ask = await readFile(paths, `asks/${name}`);
      if (ask) list.asks.push(maskAsk(mask, ask));
    } catch (error) {
      list.broken.push(mask(messageOf(error)));
    }
  }
  list.asks.sort((a, b) => (a.asked_at < b.asked_at ? -1 : 1));
  return list;
}

/** Finds an ask by its id as it is in its file, a closed one too; `null` when there is none. */
export async function findAsk({ paths }: Profile, id: string): Promise<Ask | null> {
  if (!isId(id)) return null;
  // The closed one first: should its open file come back (a restored backup), it stays closed.
  const closed = `asks/closed/${id}.json`;
  return await readFile(paths, closed) ?? await readFile(paths, `asks/${id}.json`) ??
    // Between the two looks it may have been closed.
    await readFile(paths, closed);
}

/** Writes an open ask, masked; durable. */
export async function writeAsk({ paths, mask }: Profile, ask: Ask): Promise<void> {
  const text = JSON.stringify(maskAsk(mask, ask), null, 2) + "\n";
  await replaceFile(join(paths.asks, `${ask.id}.json`), text);
}

/** Moves an ask among the closed ones, noting the run that closed it; durable, and safe to do twice. */
export async function closeAsk(
  { paths, mask }: Profile,
  ask: Ask,
  runId: string,
): Promise<void> {
  const closed = JSON.stringify(maskAsk(mask, { ...ask, closed_by: runId }), null, 2) + "\n";
  await replaceFile(join(paths.asksClosed, `${ask.id}.json`), closed);
  await removeFile(join(paths.asks, `${ask.id}.json`));
  // Or a power cut could bring a used approval back.
  await syncDir(paths.asks);
}

/** Reads an ask by its path in the data directory. */
async function readFile({ dataDir }: Paths, path: string): Promise<Ask | null> {
  if (stat(join(dataDir, path))?.isFile === false) {
    throw new UserError(`${path} is no ask: it is no regular file`);
  }
  const text = await readTextIfPresent(join(dataDir, path));
  if (text === null) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  const parsed = askSchema.safeParse(data);
  if (parsed.success) {
    if (basename(path) === `${parsed.data.id}.json`) return parsed.data;
    // It could be seen, but never closed: its answer would wake the loop for ever.
    throw new UserError(`${path} is no ask: its id is ${parsed.data.id}`);
  }
  throw new UserError(`${path} is no ask:\n${describeIssues(askSchema, data)}`);
}

/**
 * Masks what of an ask is to be read. The move of an approval stays as it is, since a yes is bound to its digest; so
 * does the answer to a worker, until the ask is closed: it is to get what the person typed.
 */
export function maskAsk(mask: Mask, ask: Ask): Ask {
  if (mask.idle) return ask;
  const { question, options, ref, approval, answer, worker, closed_by } = ask;
  const isAwaited = worker !== undefined && closed_by === undefined;
  return {
    ...ask,
    question: mask(question),
    ...(options && { options: options.map(mask) }),
    ...(ref !== undefined && { ref: mask(ref) }),
    ...(approval && { approval: { ...approval, preview: mask(approval.preview) } }),
    ...(answer && !isAwaited && { answer: { ...answer, text: mask(answer.text) } }),
  };
}

/** Tells whether a question is the one that stands in an ask, whichever of its secrets are masked there. */
export function isSameQuestion(shown: string, asked: string): boolean {
  const parts = shown.split(new RegExp(MASKED, "g"));
  const [first, last] = [parts[0], parts[parts.length - 1]];
  if (parts.length === 1) return shown === asked;
  if (shown === asked) return true;
  if (!asked.startsWith(first) || !asked.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    at = asked.indexOf(part, at);
    if (at < 0) return false;
    at += part.length;
  }
  return at <= asked.length - last.length;
}

/**
 * Finds an id for an ask, short enough to type, that none has. The caller holds the asks lock.
 *
 * @param kind stands first: `w` a worker's ask, `p` a proposal. The loop's own ids are all hex, so that they
 * never meet these.
 */
export async function newAskId(profile: Profile, kind: "w" | "p"): Promise<string> {
  for (;;) {
    const id = kind + crypto.randomUUID().slice(0, 6);
    if (await findAsk(profile, id) === null) return id;
  }
}

/**
 * Masks those asks in their files that git does not have yet: a worker knows few secrets, so what it asks, and
 * what it closes, it cannot mask itself.
 *
 * @returns paths of those that must stay as they are for now, since a worker is still to get their answer.
 */
export async function maskChangedAsks(profile: Profile): Promise<string[]> {
  const { mask, paths } = profile;
  if (mask.idle) return [];
  using _ = await lock(paths.asksLock);
  const kept: string[] = [];
  for (const path of await changedIn(profile, "asks")) {
    const id = /^asks\/(?:closed\/)?([^/]+)\.json$/.exec(path)?.[1];
    // One that cannot be read is told where asks are listed.
    const ask = id === undefined ? null : await findAsk(profile, id).catch(() => null);
    if (!ask) continue;
    if (JSON.stringify(ask) !== JSON.stringify(maskAsk(mask, ask))) {
      if (ask.closed_by !== undefined) await closeAsk(profile, ask, ask.closed_by);
      else await writeAsk(profile, ask);
    }
    const secret = ask.answer !== undefined && mask(ask.answer.text) !== ask.answer.text;
    if (secret && ask.closed_by === undefined) kept.push(`asks/${ask.id}.json`);
  }
  return kept;
}

/**
 * Closes what a worker that ended has left open, answered or not: kept in `asks/closed` as orphaned.
 *
 * @param generation that of the ended worker: asks of another one with the same id stay
 * @returns the asks that were closed.
 */
export async function closeWorkerAsks(
  profile: Profile,
  worker: string,
  generation: string,
): Promise<Ask[]> {
  using _ = await lock(profile.paths.asksLock);
  const left = (await listAsks(profile)).asks.filter((ask) =>
    ask.worker === worker && ask.run_id === generation
  );
  for (const ask of left) await closeAsk(profile, ask, "orphaned");
  for (const ask of left) {
    await syncFlag(profile, ask);
    await appendEvent(profile, { event: "orphaned", ask: ask.id, worker });
  }
  return left;
}
