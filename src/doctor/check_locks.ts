import { basename } from "@std/path";
import { lockHolder } from "../host/lock.ts";
import type { Profile } from "../profile/profile.ts";
import type { Check } from "./check.ts";
import { ok, warn } from "./finding.ts";

/** A lock that is held for longer, in milliseconds, is told of: a move takes it for as long as that takes. */
const PATIENCE_MS = 2000;
const STEP_MS = 100;

/**
 * Looks at who holds the locks. The kernel gives them back when their holder ends, so a lock file alone means nothing.
 */
export const checkLocks: Check = {
  name: "locks",
  needsProfile: true,
  async run({ profile }) {
    const { moveLock, asksLock, workersLock, claimsLock } = profile.paths;
    const all = [moveLock, asksLock, workersLock, claimsLock];
    const held = await Promise.all(all.map((path) => heldFor(profile, path)));
    const long = all.filter((_, i) => held[i]);
    if (long.length === 0) return [ok("locks", "nobody holds one for long")];
    return long.map((path) => {
      const found = `${basename(path)} is held: looop is just making a move, or something hangs`;
      return warn("locks", found, `fuser -v ${path}`);
    });
  },
};

async function heldFor({ clock }: Profile, path: string): Promise<boolean> {
  for (let ms = 0; await lockHolder(path) !== null; ms += STEP_MS) {
    if (ms >= PATIENCE_MS) return true;
    await clock.sleep(STEP_MS);
  }
  return false;
}
