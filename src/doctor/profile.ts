import { basename } from "@std/path";
import { findBudgetAsk } from "../budget/limits.ts";
import { lockHolder } from "../os/lock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { ownUid } from "../os/self.ts";
import { kindAt, realPath, stat } from "../os/stat.ts";
import { readIntent } from "../profile/intent.ts";
import { isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { checkBudget } from "../workers/spending.ts";
import { attempt, type Check, fail, type Finding, ok, plural, warn } from "./check.ts";

/** Checks that there is a profile. */
export const checkProfile: Check = {
  name: "profile",
  run({ profile: { paths } }) {
    const { dataDir, own } = paths;
    const found = kindAt(dataDir);
    if (found === "nothing" || (found === "a directory" && kindAt(own) === "nothing")) {
      return [warn("profile", `there is none yet in ${dataDir}`, "looop")];
    }
    if (found !== "a directory") {
      const what = found === "file" ? "a file" : found;
      return [fail("profile", `${dataDir} is ${what}`, `mv ${dataDir} ${dataDir}.old`)];
    }
    return [ok("profile", dataDir)];
  },
};

/** Checks that other users cannot read or write the data directory. */
export const checkPermissions: Check = {
  name: "permissions",
  needsProfile: true,
  fine: "the data directory and its secret are closed to others",
  async run({ profile: { paths, configPath } }) {
    const found = await Promise.all([
      checkMode(paths.dataDir, "700", 0o077),
      checkMode(paths.own, "700", 0o077),
      checkMode(paths.secret, "600", 0o077),
      // It names commands, so others must not write it.
      checkMode(configPath, "go-w", 0o022),
    ]);
    return found.flat();
  },
};

async function checkMode(path: string, mode: string, forbidden: number): Promise<Finding[]> {
  const file = stat(await realPath(path) ?? path);
  if (file === null) return [];
  const findings: Finding[] = [];
  if (file.uid !== null && file.uid !== ownUid()) {
    const found = `${path} belongs to another user`;
    findings.push(warn("permissions", found, `chown $(id -u) ${path}`));
  }
  const bits = (file.mode ?? 0) & 0o777;
  const open = bits & forbidden;
  if (open === 0) return findings;
  const others = `(mode ${bits.toString(8).padStart(4, "0")})`;
  const fix = `chmod ${mode} ${path}`;
  findings.push(
    (open & 0o022) !== 0
      ? fail("permissions", `others may write to ${path} ${others}`, fix)
      : warn("permissions", `others may read ${path} ${others}`, fix),
  );
  return findings;
}

/** Checks the config file and its policy. */
export const checkConfig: Check = {
  name: "config",
  async run({ profile: { configPath, config }, configError }) {
    if (configError) return await problems(configPath, configError.message);
    const rules = config.policy.length;
    const there = kindAt(configPath) !== "nothing";
    return [
      ok("config", there ? configPath : `${configPath} does not exist, so the defaults apply`),
      ok(
        "policy",
        rules === 0 ? "only the built-in rules" : `${plural(rules, "custom rule")}, valid`,
      ),
    ];
  },
};

/** Returns a finding for each problem in the message, with the line of the file if it is unique. */
async function problems(path: string, message: string): Promise<Finding[]> {
  const text = await readTextIfPresent(path).catch(() => null) ?? "";
  const [first, ...rest] = message.split("\n");
  const lines = rest.filter((line) => line.startsWith("  ")).map((line) => line.trim());
  if (lines.length === 0) {
    const [, at] = / \(line (\d+) column \d+\)/.exec(message) ?? [];
    return [fail("config", first.replace(/^config:? /, ""), edit(path, at ? Number(at) : null))];
  }
  return lines.map((line) => {
    const check = line.startsWith("policy rule ") ? "policy" : "config";
    const fix = overridden(line, message) ?? edit(path, lineOf(line, text));
    return fail(check, line.replace(/^policy rule /, "rule "), fix);
  });
}

/** The remedy if an environment variable overrides the key. */
function overridden(problem: string, message: string): string | null {
  const [, key = ""] = /^`(\w+)`/.exec(problem) ?? [];
  const [, variables = ""] = /\(with (LOOOP_.*) of the environment\)/.exec(message) ?? [];
  const variable = `LOOOP_${key.toUpperCase()}`;
  if (!variables.split(", ").includes(variable)) return null;
  return `export ${variable}=SECONDS, or unset it`;
}

function edit(path: string, line: number | null): string {
  return `edit ${
    line === null ? "" : `line ${line} of `
  }${path}; looop help config lists every key`;
}

/** The line that a problem is about; `null` unless its key or rule occurs on exactly one line. */
function lineOf(problem: string, text: string): number | null {
  const [, rule] = /^policy rule (\S+):/.exec(problem) ?? [];
  const [, unknown] = /unknown key `([^`]+)`/.exec(problem) ?? [];
  const [, key] = /^`(?:[^`]*\.)?([\w-]+)`/.exec(problem) ?? [];
  const word = JSON.stringify(rule ?? unknown ?? key ?? "");
  const lines = text.split("\n").flatMap((line, i) => line.includes(word) ? [i + 1] : []);
  return lines.length === 1 ? lines[0] : null;
}

/** Checks what prevents the loop from deciding, and what a crash left behind. */
export const checkState: Check = {
  name: "state",
  needsProfile: true,
  fine: "nothing blocks the loop, and nothing is left over",
  async run({ profile }) {
    const parts = [overBudget, paused, interrupted];
    return (await Promise.all(parts.map((part) => attempt("state", () => part(profile))))).flat();
  },
};

async function overBudget(profile: Profile): Promise<Finding[]> {
  const { parked } = await readState(profile);
  const findings: Finding[] = [];
  if (parked) findings.push(warn("state", `parked: ${parked.why}`, "looop resume"));
  const { over } = await checkBudget(profile);
  if (over) {
    const { ask } = await findBudgetAsk(profile, over.budget);
    const fix = ask && !ask.answer
      ? `looop answer ${ask.id} lift`
      : "looop tick, which asks to continue";
    findings.push(warn("state", `over budget: ${over.why}`, fix));
  }
  return findings;
}

function paused(profile: Profile): Finding[] {
  return isPaused(profile) ? [warn("state", "paused", "looop resume")] : [];
}

/** While the move lock is held, a move is being applied. */
async function interrupted(profile: Profile): Promise<Finding[]> {
  const holder = await lockHolder(profile.paths.moveLock);
  const intent = await readIntent(profile);
  if (holder !== null) return [];
  const findings: Finding[] = [];
  if (intent) {
    const found = `the move of run ${intent.run_id} (${intent.move.action}) was interrupted`;
    findings.push(warn("state", found, "looop tick, which completes it"));
  }
  return findings;
}

/** A lock that is held for longer, in milliseconds, is reported; a move holds its lock while it is applied. */
const PATIENCE_MS = 2000;
const STEP_MS = 100;

/** Checks which locks are held. The kernel releases a lock when its holder ends, so a lock file alone means nothing. */
export const checkLocks: Check = {
  name: "locks",
  needsProfile: true,
  fine: "none is held for long",
  async run({ profile }) {
    const { moveLock, asksLock, workersLock, claimsLock } = profile.paths;
    const all = [moveLock, asksLock, workersLock, claimsLock];
    const held = await Promise.all(all.map((path) => heldFor(profile, path)));
    return all.filter((_, i) => held[i]).map((path) => {
      const found = `${basename(path)} is held: looop is applying a move, or something hangs`;
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
