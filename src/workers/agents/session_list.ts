import { join } from "@std/path";
import * as z from "zod/mini";
import { quoteWord } from "./quote_word.ts";
import { readJsonLines } from "./read_json_lines.ts";

const started = z.object({ session_id: z.string(), transcript_path: z.nullish(z.string()) });

/** Seconds that noting a session may take. */
export const NOTING_TIMEOUT_S = 60;

function listFile(workerDir: string): string {
  return join(workerDir, "sessions.jsonl");
}

/**
 * Shell command for a `SessionStart` hook: notes which session this is. A worker can have several, after
 * `/clear` or a resume; and all workers share a folder, so nothing else tells whose a transcript is.
 */
export function noteSession(workerDir: string): string {
  return `{ cat; echo; } >>${quoteWord(listFile(workerDir))}`;
}

/** Shell words that become the id of the session noted last. */
export function lastSessionId(workerDir: string): string {
  const pick = `s/.*"session_id":"\\([0-9a-f-]*\\)".*/\\1/p`;
  return `"$(sed -n ${quoteWord(pick)} ${quoteWord(listFile(workerDir))} | tail -n 1)"`;
}

/** How many sessions of a worker are looked at. */
const MOST = 1000;

/** The transcripts of a worker's sessions, each once, the first session first. */
export async function transcriptsOf(workerDir: string): Promise<string[]> {
  const sessions = await readJsonLines(listFile(workerDir), started);
  return [...new Set(sessions.flatMap(({ transcript_path: path }) => path ? [path] : []))].slice(
    0,
    MOST,
  );
}
