import { basename } from "@std/path";
import { findBudgetAsk } from "../budget/limits.ts";
import { lockHolder } from "../os/lock.ts";
import { ownUid } from "../os/env.ts";
import { kindAt, realPath, stat } from "../os/stat.ts";
import { configProblems } from "../profile/config_problems.ts";
import { isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readIntent } from "../profile/runs.ts";
import { readState } from "../profile/state.ts";
import { plural, quoteWords } from "../schema/text.ts";
import { checkBudget } from "../workers/spending.ts";
import { attempt, type Check, fail, type Findings, ok, warn } from "./check.ts";

/** Checks that there is a profile. */
export const checkProfile: Check = {
  name: "profile",
  *run({ profile: { paths } }) {
    const { dataDir, own } = paths;
    const found = kindAt(dataDir);
    if (found === "nothing" || (found === "a directory" && kindAt(own) === "nothing")) {
      yield warn(`there is none yet in ${dataDir}`, "looop");
    } else if (found !== "a directory") {
      const what = found === "file" ? "a file" : found;
      yield fail(`${dataDir} is ${what}`, quoteWords("mv", dataDir, `${dataDir}.old`));
    }
    return dataDir;
  },
};

/** Checks that other users cannot read or write the data directory. */
export const checkPermissions: Check = {
  name: "permissions",
  needsProfile: true,
  async *run({ profile: { paths, configPath } }) {
    yield* checkMode(paths.dataDir, "700", 0o077);
    yield* checkMode(paths.own, "700", 0o077);
    yield* checkMode(paths.secret, "600", 0o077);
    // It names commands, so others must not write it.
    yield* checkMode(configPath, "go-w", 0o022);
    return "the data directory and its secret are closed to others";
  },
};

async function* checkMode(path: string, mode: string, forbidden: number): Findings {
  const file = stat(await realPath(path) ?? path);
  if (file === null) return;
  if (file.uid !== null && file.uid !== ownUid()) {
    yield warn(`${path} belongs to another user`, `chown $(id -u) ${path}`);
  }
  const bits = (file.mode ?? 0) & 0o777;
  const open = bits & forbidden;
  const others = `${path} (mode ${bits.toString(8).padStart(4, "0")})`;
  const fix = quoteWords("chmod", mode, path);
  if ((open & 0o022) !== 0) yield fail(`others may write to ${others}`, fix);
  else if (open !== 0) yield warn(`others may read ${others}`, fix);
}

/** Checks the config file and its policy. */
export const checkConfig: Check = {
  name: "config",
  async *run({ profile: { configPath, config, configError } }) {
    if (configError) {
      for (const { found, fix } of await configProblems(configPath, configError.message)) {
        const rule = found.replace(/^policy rule /, "rule ");
        yield fail(rule, fix, rule === found ? "" : "policy");
      }
      return;
    }
    const rules = config.policy.length;
    const there = kindAt(configPath) !== "nothing";
    yield ok(there ? configPath : `${configPath} does not exist, so the defaults apply`);
    const valid = rules === 0
      ? "only the built-in rules"
      : `${plural(rules, "custom rule")}, valid`;
    yield ok(valid, "policy");
  },
};

/** Checks what prevents the loop from deciding, and what a crash left behind. */
export const checkState: Check = {
  name: "state",
  needsProfile: true,
  async *run({ profile }) {
    yield* attempt(() => overBudget(profile));
    if (isPaused(profile)) yield warn("paused", "looop resume");
    yield* attempt(() => interrupted(profile));
    return "nothing blocks the loop, and nothing is left over";
  },
};

async function* overBudget(profile: Profile): Findings {
  const { parked } = await readState(profile);
  if (parked) yield warn(`parked: ${parked.why}`, "looop resume");
  const { over } = await checkBudget(profile);
  if (!over) return;
  const { ask } = await findBudgetAsk(profile, over.budget);
  const fix = ask && !ask.answer
    ? `looop answer ${ask.id} lift`
    : "looop tick, which asks to continue";
  yield warn(`over budget: ${over.why}`, fix);
}

/** While the move lock is held, a move is being applied. */
async function* interrupted(profile: Profile): Findings {
  const holder = await lockHolder(profile.paths.moveLock);
  const intent = await readIntent(profile);
  if (holder !== null || !intent) return;
  const found = `the move of run ${intent.run_id} (${intent.move.action}) was interrupted`;
  yield warn(found, "looop tick, which completes it");
}

/** A lock that is held for longer, in milliseconds, is reported; a move holds its lock while it is applied. */
const PATIENCE_MS = 2000;
const STEP_MS = 100;

/** Checks which locks are held. The kernel releases a lock when its holder ends, so a lock file alone means nothing. */
export const checkLocks: Check = {
  name: "locks",
  needsProfile: true,
  async *run({ profile }) {
    const { moveLock, asksLock, workersLock, claimsLock } = profile.paths;
    const all = [moveLock, asksLock, workersLock, claimsLock];
    const held = await Promise.all(all.map((path) => isHeldForLong(profile, path)));
    for (const path of all.filter((_, i) => held[i])) {
      const found = `${basename(path)} is held: looop is applying a move, or something hangs`;
      yield warn(found, `fuser -v ${path}`);
    }
    return "none is held for long";
  },
};

async function isHeldForLong({ clock }: Profile, path: string): Promise<boolean> {
  for (let ms = 0; await lockHolder(path) !== null; ms += STEP_MS) {
    if (ms >= PATIENCE_MS) return true;
    await clock.sleep(STEP_MS);
  }
  return false;
}
