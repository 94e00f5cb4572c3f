import { join } from "@std/path";
import { listFolder } from "../host/list_folder.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { replaceFile } from "../host/replace_file.ts";
import { removeFile } from "../host/remove_file.ts";
import type { Ask } from "../model/ask.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";

/** The asks of a folder, and the files there that are none. */
export interface AskList {
  /** Oldest first. */
  asks: Ask[];
  /** Files that could not be read as asks, each with the reason in one line; they are left alone. */
  broken: string[];
}

/** Lists the asks that are open, or answered but not yet seen by a decision. */
export async function listAsks({ paths }: Profile): Promise<AskList> {
  const list: AskList = { asks: [], broken: [] };
  for (const { name } of await listFolder(paths.asks)) {
    if (!name.endsWith(".json") || name.startsWith(".")) continue;
    try {
      const ask = await readFile(join(paths.asks, name));
      if (ask) list.asks.push(ask);
    } catch (error) {
      list.broken.push(`asks/${name}: ${messageOf(error)}`);
    }
  }
  list.asks.sort((a, b) => (a.asked_at < b.asked_at ? -1 : 1));
  return list;
}

/** Finds an ask by its id, a closed one too; `null` when there is none. */
export async function findAsk({ paths }: Profile, id: string): Promise<Ask | null> {
  return await readFile(join(paths.asks, `${id}.json`)) ??
    await readFile(join(paths.asksClosed, `${id}.json`));
}

/** Writes an open ask; durable. */
export async function writeAsk({ paths }: Profile, ask: Ask): Promise<void> {
  await replaceFile(join(paths.asks, `${ask.id}.json`), JSON.stringify(ask, null, 2) + "\n");
}

/** Moves an ask among the closed ones, noting the run that closed it; durable, and safe to do twice. */
export async function closeAsk({ paths }: Profile, ask: Ask, runId: string): Promise<void> {
  const closed = JSON.stringify({ ...ask, closed_by: runId }, null, 2) + "\n";
  await replaceFile(join(paths.asksClosed, `${ask.id}.json`), closed);
  await removeFile(join(paths.asks, `${ask.id}.json`));
}

async function readFile(path: string): Promise<Ask | null> {
  const text = await readTextIfThere(path);
  if (text === null) return null;
  const { askSchema } = await import("../model/ask_schema.ts");
  const { describeIssues } = await import("../model/describe_issues.ts");
  const data = JSON.parse(text);
  const parsed = askSchema.safeParse(data);
  if (!parsed.success) throw new Error(describeIssues(parsed.error.issues, data).trim());
  return parsed.data;
}
