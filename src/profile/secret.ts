import { readTextIfThere } from "../host/read_text.ts";
import { replaceFile } from "../host/replace_file.ts";
import type { Profile } from "./profile.ts";

/** The profile's secret, made at first use: 32 hex digits that nobody outside can guess. */
export async function readSecret({ paths }: Profile): Promise<string> {
  const found = (await readTextIfThere(paths.secret))?.trim() ?? "";
  if (/^[0-9a-f]{32}$/.test(found)) return found;
  const secret = crypto.getRandomValues(new Uint8Array(16)).toHex();
  await replaceFile(paths.secret, secret + "\n");
  return secret;
}
