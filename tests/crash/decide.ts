import { fromFileUrl, join } from "@std/path";
import type { Profile } from "../../src/profile/profile.ts";

/** The shell command that the runner of all kinds is, in the data directory. */
export const DECIDE = `${
  fromFileUrl(new URL("./decide_until_told.sh", import.meta.url))
} ../move.json ../calls`;

/** How often something was appended to the file beside the data directory. */
export async function effects({ paths }: Profile): Promise<number> {
  const text = await Deno.readTextFile(join(paths.dataDir, "..", "effect")).catch(() => "");
  return text.split("\n").length - 1;
}
