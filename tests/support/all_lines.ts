import { archivedLines } from "../../src/profile/journal.ts";
import type { Profile } from "../../src/profile/profile.ts";

/** The text of the journal or the ledger with what of it was put away, oldest first. */
export async function allLines({ paths }: Profile, path: string): Promise<string> {
  const texts = [...archivedLines(paths, path).reverse(), path]
    .map((file) => Deno.readTextFile(file).catch(() => ""));
  return (await Promise.all(texts)).join("");
}
