import { join } from "@std/path";
import { whatIsAt } from "../host/what_is_at.ts";
import type { Profile } from "../profile/profile.ts";

const SESSION = /^looop-(?=.)/;

/**
 * The id of the worker that a word names, which may be that of its tmux session: `looop-triage` is `triage`, unless
 * there is a worker `looop-triage`.
 */
export function workerNamed({ paths }: Profile, word: string): string {
  if (!SESSION.test(word) || word.includes("/")) return word;
  const exact = whatIsAt(join(paths.workers, word, "worker.json")) === "file";
  return exact ? word : word.replace(SESSION, "");
}
