import { fileAge } from "../host/file_age.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile, syncFolder } from "../host/replace_file.ts";
import type { OwedCommit } from "../model/owed_commit.ts";
import { parseFile } from "./parse_file.ts";
import type { Profile } from "./profile.ts";

/** The commits that git has not taken yet, oldest first. */
export async function readOwedCommits({ paths }: Profile): Promise<OwedCommit[]> {
  if (fileAge(paths.owedCommits, 0) === null) return [];
  const { owedCommitsSchema } = await import("../model/owed_commit.ts");
  const mend = "Delete it: what it tells of is committed as edits before the next move.";
  return await parseFile(paths.owedCommits, owedCommitsSchema, mend) ?? [];
}

/** Notes the commits that git has not taken yet; durable. */
export async function writeOwedCommits({ paths }: Profile, owed: OwedCommit[]): Promise<void> {
  if (owed.length > 0) return await replaceFile(paths.owedCommits, JSON.stringify(owed));
  await removeFile(paths.owedCommits);
  await syncFolder(paths.own);
}
