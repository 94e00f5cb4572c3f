import { basename, join } from "@std/path";
import { type Mask, MASKED } from "../mask/mask.ts";
import { listDir, removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { read, readTextIfPresent } from "../os/read.ts";
import { stat } from "../os/stat.ts";
import { listUpTo } from "../os/untrusted_dirs.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { type Ask, askSchema, isExpired, isSnoozed } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { withoutBom } from "../schema/json.ts";
import { describeIssues, isId, parseAs } from "../schema/schema.ts";

/** The asks of a directory, and its invalid files. */
export interface AskList {
  /** Oldest first. */
  asks: Ask[];
  /** One error for each file that is not an ask; the files are left alone. */
  broken: string[];
}

/** More asks than any user could answer: a worker without a sandbox could write any number. */
const MAX_FILES = 300;
/** How many invalid files are named. */
const MAX_BROKEN = 20;

/** Lists the asks that are open, or whose answer no decision has seen; masked. Of more than {@linkcode MAX_FILES}, so many. */
export async function listAsks({ paths, mask, environment }: Profile): Promise<AskList> {
  const list: AskList = { asks: [], broken: [] };
  const { names, more } = await listUpTo(paths.asks, MAX_FILES, environment);
  let unnamed = 0;
  for (const name of names) {
    if (!name.endsWith(".json") || name.startsWith(".")) continue;
    try {
      const ask = readFile(paths, `asks/${name}`);
      if (ask) list.asks.push(maskAsk(mask, ask));
    } catch (error) {
      if (list.broken.length < MAX_BROKEN) list.broken.push(mask(messageOf(error)));
      else unnamed++;
    }
  }
  if (unnamed > 0) list.broken.push(`${unnamed} more files in asks/ are not asks`);
  if (more) {
    list.broken.unshift(`asks/ has more than ${MAX_FILES} files, of which ${MAX_FILES} are read`);
  }
  list.asks.sort((a, b) => (a.asked_at < b.asked_at ? -1 : 1));
  return list;
}

/** Lists the closed asks, also those in the archive's files; masked. Invalid ones are left out. */
export async function closedAsks({ paths, mask }: Profile): Promise<Ask[]> {
  const asks: Ask[] = [];
  for (const { name } of listDir(paths.asksClosed)) {
    if (name.startsWith(".")) continue;
    const text = await readTextIfPresent(join(paths.asksClosed, name)).catch(() => null) ?? "";
    const texts = name.endsWith(".jsonl") ? text.split("\n") : name.endsWith(".json") ? [text] : [];
    asks.push(...texts.flatMap((text) => parseAs(askSchema, withoutBom(text)) ?? []));
  }
  return asks.map((ask) => maskAsk(mask, ask));
}

/** Finds an open or closed ask by its id, not masked; `null` when there is none. */
export function findAsk({ paths }: Profile, id: string): Promise<Ask | null> {
  if (!isId(id)) return Promise.resolve(null);
  // The closed one first: a restored backup may bring its open file back. It may also be closed meanwhile.
  const files = [`asks/closed/${id}.json`, `asks/${id}.json`, `asks/closed/${id}.json`];
  return Promise.try(() => {
    for (const file of files) {
      const ask = readFile(paths, file);
      if (ask) return ask;
    }
    return null;
  });
}

/** Writes an open ask, masked; durable. An approval's exact move is kept apart if it holds a secret. */
export async function writeAsk(profile: Profile, ask: Ask): Promise<void> {
  const { paths, mask } = profile;
  if (ask.approval) await (await exactMoves()).keepExactMove(profile, ask);
  const text = JSON.stringify(await storedAsk(mask, ask), null, 2) + "\n";
  await replaceFile(join(paths.asks, `${ask.id}.json`), text);
}

/** Moves an ask to the closed ones with the run that closed it; durable and idempotent. */
export async function closeAsk(
  { paths, mask }: Profile,
  ask: Ask,
  runId: string,
): Promise<void> {
  const closed = JSON.stringify(await storedAsk(mask, { ...ask, closed_by: runId }), null, 2) +
    "\n";
  await replaceFile(join(paths.asksClosed, `${ask.id}.json`), closed);
  await removeFile(join(paths.asks, `${ask.id}.json`));
  // Otherwise a power failure could restore a used approval.
  await syncDir(paths.asks);
  if (ask.approval) await (await exactMoves()).forgetExactMove(paths, ask.id);
}

/** The maximum size of an ask: the longest move, its preview and an answer, with all characters escaped, have less. */
const MAX_BYTES = 16 << 20;

/** Reads an ask by its path in the data directory. */
function readFile({ dataDir }: Paths, path: string): Ask | null {
  const { isFile = false, size = 0 } = stat(join(dataDir, path)) ?? { isFile: true };
  const why = !isFile
    ? "it is not a regular file"
    : size > MAX_BYTES
    ? `it has ${size} bytes; the limit is ${MAX_BYTES}`
    : null;
  if (why !== null) throw new UserError(`${path} is not an ask: ${why}`);
  const bytes = read(join(dataDir, path));
  if (bytes === null) return null;
  const text = new TextDecoder().decode(bytes);
  let data: unknown;
  try {
    data = JSON.parse(withoutBom(text));
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  const parsed = askSchema.safeParse(data);
  if (!parsed.success) {
    throw new UserError(`${path} is not an ask:\n${describeIssues(askSchema, data)}`);
  }
  if (basename(path) === `${parsed.data.id}.json`) return parsed.data;
  // It could never be closed: its answer would wake every tick.
  throw new UserError(`${path} is not an ask: its id is ${parsed.data.id}`);
}

/** Masks an ask for its file: its texts, and the move of an approval, which is bound to the digest of the exact one. */
async function storedAsk(mask: Mask, ask: Ask): Promise<Ask> {
  const masked = maskAsk(mask, ask);
  const { approval } = masked;
  if (mask.idle || !approval) return masked;
  const { maskMove } = await exactMoves();
  return { ...masked, approval: { ...approval, move: maskMove(mask, approval.move) } };
}

/** Imported here, since an idle tick requests no approval. */
const exactMoves = () => import("./exact_move.ts");

/**
 * Masks the texts of an ask. The move of an approval stays as the file has it; so does the answer to a worker until the ask is closed, because the worker receives exactly what the user typed.
 */
function maskAsk(mask: Mask, ask: Ask): Ask {
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

/** Reports whether a question is that of an ask, whichever of its secrets are masked in the ask. */
export function isSameQuestion(shown: string, asked: string): boolean {
  const [first, ...between] = shown.split(new RegExp(MASKED, "g"));
  const last = between.pop();
  if (last === undefined || shown === asked) return shown === asked;
  if (!asked.startsWith(first) || !asked.endsWith(last)) return false;
  let at = first.length;
  for (const part of between) {
    at = asked.indexOf(part, at);
    if (at < 0) return false;
    at += part.length;
  }
  return at <= asked.length - last.length;
}

/**
 * Returns an unused id for an ask, short enough to type. The caller holds the asks lock.
 *
 * @param kind the first letter: `w` for a worker's ask, `p` for a proposal, `s` for a program to set up. The loop's own ids are all hex digits.
 */
export async function newAskId(profile: Profile, kind: "w" | "p" | "s"): Promise<string> {
  for (;;) {
    const id = kind + crypto.randomUUID().slice(0, 6);
    if (await findAsk(profile, id) === null) return id;
  }
}

/**
 * Masks the files of asks among what is about to be committed. A worker's process knows few secrets, so it cannot mask
 * what it writes itself.
 *
 * @param changed paths relative to the data directory
 * @returns paths of the asks that must not be committed yet, since a worker still has to receive their answer.
 */
export async function maskAsks(profile: Profile, changed: readonly string[]): Promise<string[]> {
  const { mask, paths } = profile;
  const ids = changed.flatMap((path) => /^asks\/(?:closed\/)?([^/]+)\.json$/.exec(path)?.[1] ?? []);
  if (mask.idle || ids.length === 0) return [];
  using _ = await lock(paths.asksLock);
  const kept: string[] = [];
  for (const id of ids) {
    // `listAsks` reports one that cannot be read.
    const ask = await findAsk(profile, id).catch(() => null);
    if (!ask) continue;
    if (JSON.stringify(ask) !== JSON.stringify(await storedAsk(mask, ask))) {
      if (ask.closed_by !== undefined) await closeAsk(profile, ask, ask.closed_by);
      else await writeAsk(profile, ask);
    }
    const secret = ask.answer !== undefined && mask(ask.answer.text) !== ask.answer.text;
    if (secret && ask.closed_by === undefined) kept.push(`asks/${ask.id}.json`);
  }
  return kept;
}

/** The open asks, the most urgent first. */
export interface OpenAsks extends AskList {
  /** Those that the user has put off, which are not in `asks`. */
  snoozed: Ask[];
}

/** An approval that expires within this is the most urgent. */
const EXPIRES_SOON_MS = 3_600_000;

/**
 * Lists the asks that have no answer and have not expired. The most urgent come first: approvals that expire within an
 * hour, then what a worker or the whole loop waits for, then other approvals, then other questions; of each the oldest.
 */
export async function openAsks(profile: Profile): Promise<OpenAsks> {
  const { asks, broken } = await listAsks(profile);
  const now = profile.clock.now().toISOString();
  const soon = new Date(Date.parse(now) + EXPIRES_SOON_MS).toISOString();
  const rank = ({ approval, worker, hold, setup }: Ask) => {
    if (approval && approval.expires_at <= soon) return 0;
    return worker !== undefined || hold || setup ? 1 : approval ? 2 : 3;
  };
  const open = asks.filter((ask) => !ask.answer && !isExpired(ask, now))
    .toSorted((a, b) => rank(a) - rank(b));
  const { shown = [], snoozed = [] } = Object.groupBy(
    open,
    (ask) => isSnoozed(ask, now) ? "snoozed" : "shown",
  );
  return { asks: shown, snoozed, broken };
}
