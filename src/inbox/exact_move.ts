import { join } from "@std/path";
import { type Mask, MASKED, maskJson } from "../mask/mask.ts";
import { ensureDir, listDir, removeFile } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { isPresent } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { seal, unseal } from "../profile/sealed.ts";
import type { Ask } from "../schema/ask.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import { type Move, moveSchema } from "../schema/move.ts";

/**
 * Returns the exact move of an approval: the ask itself has it masked if it holds a secret. `null` if it is not the move
 * that was requested, or is kept in the data directory of another machine.
 */
export async function exactMove(profile: Profile, { id, approval }: Ask): Promise<Move | null> {
  if (!approval) return null;
  const { move, move_sha256 } = approval;
  if (await digestOf(move) === move_sha256) return move;
  const sealed = await readTextIfPresent(fileOf(profile.paths, id));
  const text = sealed === null ? null : await unseal(profile, sealed);
  if (text === null) return null;
  const exact: unknown = JSON.parse(text);
  const isMove = moveSchema.safeParse(exact).success && await sha256Hex(text) === move_sha256;
  return isMove ? exact as Move : null;
}

/** Masks what a move holds; it stays a valid move, so ids and names are left as they are. */
export function maskMove(mask: Mask, move: Move): Move {
  let masked = move;
  for (const [field, value] of Object.entries(move)) {
    const shown: unknown = maskJson<unknown>(mask, value);
    if (canonicalJson(shown) === canonicalJson(value)) continue;
    // A mask may be longer than what it hides.
    for (const text of [shown, MASKED.exec(canonicalJson(shown))?.[0]]) {
      const next = { ...masked, [field]: text };
      if (!moveSchema.safeParse(next).success) continue;
      masked = next as Move;
      break;
    }
  }
  return masked;
}

/**
 * Keeps the exact move of an approval that holds a secret, encrypted and outside of git, until the approval is closed.
 * Called before the ask is written, so that none is without.
 */
export async function keepExactMove(profile: Profile, { id, approval }: Ask): Promise<void> {
  if (!approval || profile.mask.idle) return;
  const { move, move_sha256 } = approval;
  const text = canonicalJson(move);
  if (canonicalJson(maskMove(profile.mask, move)) === text) return;
  // Else it is masked already, by a looop that knew fewer secrets.
  if (await sha256Hex(text) !== move_sha256) return;
  const dir = profile.paths.moves;
  ensureDir(dir);
  for (const { name } of listDir(dir)) {
    // Those of asks that were deleted by hand.
    if (!isPresent(join(profile.paths.asks, `${name}.json`))) await removeFile(join(dir, name));
  }
  await replaceFile(fileOf(profile.paths, id), await seal(profile, text) + "\n");
}

/** Forgets the exact move of an approval that is closed. */
export async function forgetExactMove(paths: Paths, id: string): Promise<void> {
  if (isPresent(fileOf(paths, id))) await removeFile(fileOf(paths, id));
}

async function digestOf(move: Move): Promise<string> {
  return await sha256Hex(canonicalJson(move));
}

function fileOf(paths: Paths, id: string): string {
  return join(paths.moves, id);
}
