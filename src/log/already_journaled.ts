import { readFrom } from "../host/read_from.ts";
import { truncateFile } from "../host/truncate_file.ts";
import type { Profile } from "../profile/profile.ts";

/**
 * Tells whether a line stands in the journal beyond its length before the move. Half of it, torn by a crash,
 * is taken away again.
 *
 * @param before length of the journal in bytes, as the intent noted it
 */
export async function alreadyJournaled(
  { paths }: Profile,
  before: number,
  line: string,
): Promise<boolean> {
  const since = await readFrom(paths.journal, before);
  if (since.split("\n").includes(line)) return true;
  // What was torn may begin by ending an older torn line, and end within a character.
  const torn = since.replace(/^\n/, "").replace(/\ufffd$/, "");
  if (since !== "" && line.startsWith(torn)) await truncateFile(paths.journal, before);
  return false;
}
