import { basename, join } from "@std/path";
import { isPlainFile } from "../host/is_plain_file.ts";
import { listFolder } from "../host/list_folder.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { replaceFile, syncFolder } from "../host/replace_file.ts";
import { removeFile } from "../host/remove_file.ts";
import type { Ask } from "../model/ask.ts";
import { isId } from "../model/id.ts";
import { messageOf, UserError } from "../model/user_error.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { maskAsk } from "./mask_ask.ts";

/** The asks of a folder, and the files there that are none. */
export interface AskList {
  /** Oldest first. */
  asks: Ask[];
  /** Files that could not be read as asks, each with the reason; they are left alone. */
  broken: string[];
}

/** Lists the asks that are open, or answered but not yet seen by a decision; masked. */
export async function listAsks({ paths, mask }: Profile): Promise<AskList> {
  const list: AskList = { asks: [], broken: [] };
  for (const { name } of listFolder(paths.asks)) {
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
  await syncFolder(paths.asks);
}

/** Reads an ask by its path in the data directory. */
async function readFile({ dataDir }: Paths, path: string): Promise<Ask | null> {
  if (isPlainFile(join(dataDir, path)) === false) {
    throw new UserError(`${path} is no ask: it is no regular file`);
  }
  const text = await readTextIfThere(join(dataDir, path));
  if (text === null) return null;
  const { askSchema } = await import("../model/ask_schema.ts");
  const { describeIssues } = await import("../model/describe_issues.ts");
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
