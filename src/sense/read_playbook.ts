import { readBytes } from "../host/read_bytes.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { sha256Hex } from "../model/sha256.ts";
import { UserError } from "../model/user_error.ts";
import type { TextFile } from "../model/world.ts";
import type { Profile } from "../profile/profile.ts";

/**
 * Reads PLAYBOOK.md, masked.
 *
 * @throws {UserError} where there is none, or it cannot be read as text: without a person's judgment nothing is
 * decided.
 */
export async function readPlaybook({ paths, mask }: Profile): Promise<TextFile> {
  const { playbook, dataDir } = paths;
  const found = whatIsAt(playbook);
  if (found === "nothing") {
    throw new UserError(
      `cannot read ${playbook}: there is none. Bring it back with "git -C ${dataDir} checkout PLAYBOOK.md", ` +
        "or write one: it says in plain words what matters.",
    );
  }
  if (found !== "file") {
    throw new UserError(`cannot read ${playbook}: it is ${found}. Mend it first.`);
  }
  const bytes = readBytes(playbook);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { text: mask(text), digest: await sha256Hex(bytes) };
  } catch (cause) {
    throw new UserError(`cannot read ${playbook}: it is not valid UTF-8. Save it as UTF-8.`, {
      cause,
    });
  }
}
