import { join } from "@std/path";
import { bodyFault, type BodyKind } from "./body_fault.ts";
import { isSymlink } from "./host/find_file.ts";
import { readBytes } from "./host/read_bytes.ts";
import { replaceFile } from "./host/replace_file.ts";
import { whatIsAt } from "./host/what_is_at.ts";
import { makeEdit } from "./make_edit.ts";
import { sha256Hex } from "./model/sha256.ts";
import { UserError } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";
import { refuseTwin } from "./refuse_twin.ts";

/** A text that a person wants to stand in a file. */
export interface TextWrite {
  kind: BodyKind;
  /** Relative to the data directory. */
  path: string;
  body: string;
  /**
   * SHA-256 of what they began with, `null`: of nothing. If the file holds something else by now, it is left alone.
   * Default: whatever is there is replaced.
   */
  base?: string | null;
  /** For journal and commit. Default: `wrote <path>`. */
  what?: string;
  signal?: AbortSignal;
}

/** What writing came to: a new file, in another's place, or nothing since it was there already. */
export type Written = "new" | "replaced" | "unchanged";

/**
 * Writes PLAYBOOK, a goal or a sensor for the person, as {@linkcode makeEdit} does.
 *
 * @throws {UserError} where it is not valid, was changed meanwhile, or something that is no file is in the way.
 */
export async function writeText(profile: Profile, write: TextWrite): Promise<Written> {
  const { kind, path, body, base, what = `wrote ${path}`, signal } = write;
  const target = join(profile.paths.dataDir, path);
  const edit = await makeEdit(profile, async () => {
    const before = currentBytes(profile, path);
    const digest = before && await sha256Hex(before);
    if (base !== undefined && digest !== base) {
      const found = before === null ? "is gone" : "was changed";
      throw new UserError(`cannot write ${path}: it ${found} meanwhile, and is left alone`);
    }
    if (digest === await sha256Hex(body)) return null;
    const fault = await bodyFault(kind, path, body, before && new TextDecoder().decode(before));
    if (fault !== null) throw new UserError(`cannot write ${fault}`);
    if (kind === "sensor") {
      const file = path.slice("sensors/".length);
      await refuseTwin(profile.paths.sensors, file, "write", "call this one otherwise");
    }
    return {
      what,
      event: { event: "edit", path, what },
      done: before === null ? "new" as const : "replaced" as const,
      write: () => replaceFile(target, body, { mode: kind === "sensor" ? 0o700 : 0o600 }),
    };
  }, signal);
  return edit?.done ?? "unchanged";
}

/**
 * What a file that a person may write holds; `null` when there is none.
 *
 * @throws {UserError} where it is no file, or a link: to write it would take the link's place.
 */
export function currentBytes(
  { paths }: Profile,
  path: string,
): Uint8Array<ArrayBuffer> | null {
  const target = join(paths.dataDir, path);
  if (isSymlink(target)) {
    throw new UserError(`cannot write ${path}: it is a link; edit the file that it leads to`);
  }
  const found = whatIsAt(target);
  if (found === "nothing") return null;
  if (found === "file") return readBytes(target);
  throw new UserError(`cannot write ${path}: there is ${found}; move it away`);
}
