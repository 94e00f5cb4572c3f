import { basename } from "@std/path";
import { findBudgetAsk } from "../budget/limits.ts";
import { lockHolder } from "../os/lock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { ownUid } from "../os/self.ts";
import { kindAt, stat } from "../os/stat.ts";
import { readIntent } from "../profile/intent.ts";
import { isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { messageOf } from "../schema/errors.ts";
import { checkBudget } from "../workers/spending.ts";
import { type Check, fail, type Finding, fromMessage, ok, warn } from "./check.ts";

/** Looks at whether there is a profile. */
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

/** Looks at who else may read or write in the data directory. */
export const checkPermissions: Check = {
  name: "permissions",
  needsProfile: true,
  run({ profile: { paths, configPath } }) {
    const findings = [
      look(paths.dataDir, "700", 0o077),
      look(paths.own, "700", 0o077),
      look(paths.secret, "600", 0o077),
      // It names commands; to read it harms nobody.
      look(configPath, "go-w", 0o022),
    ];
    const wrong = findings.flat();
    const all = "the data directory and its secret are closed to others";
    return wrong.length > 0 ? wrong : [ok("permissions", all)];
  },
};

function look(path: string, mode: string, forbidden: number): Finding[] {
  const file = stat(path, { follow: true });
  if (file === null) return [];
  const findings: Finding[] = [];
  if (file.uid !== null && file.uid !== ownUid()) {
    const found = `${path} belongs to another user than looop runs as`;
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

/** Looks at the config file, and at the policy in it. */
export const checkConfig: Check = {
  name: "config",
  async run({ profile: { configPath, config }, configError }) {
    if (configError) return await problems(configPath, configError.message);
    const rules = config.policy.length;
    const there = kindAt(configPath) !== "nothing";
    return [
      ok("config", there ? configPath : `${configPath} is not there, so the defaults hold`),
      ok("policy", rules === 0 ? "the built-in rules alone" : count(rules)),
    ];
  },
};

/** One finding for each line that tells of one, with the line of the file where that can be told. */
async function problems(path: string, message: string): Promise<Finding[]> {
  const text = await readTextIfPresent(path).catch(() => null) ?? "";
  const lines = message.split("\n").filter((line) => line.startsWith("  ")).map((l) => l.trim());
  if (lines.length > 0) {
    return lines.map((line) => {
      const check = line.startsWith("policy rule ") ? "policy" : "config";
      return fail(
        check,
        line.replace(/^policy rule /, "rule "),
        overridden(line, message) ?? edit(path, lineOf(line, text)),
      );
    });
  }
  const [, at] = / \(line (\d+) column \d+\)/.exec(message) ?? [];
  return [
    fail(
      "config",
      message.split("\n")[0].replace(/^config:? /, ""),
      edit(path, at ? Number(at) : null),
    ),
  ];
}

/** A variable of the environment may stand above the key of a problem. */
function overridden(problem: string, message: string): string | null {
  const [, key = ""] = /^`(\w+)`/.exec(problem) ?? [];
  const [, variables = ""] = /\(with (LOOOP_.*) of the environment\)/.exec(message) ?? [];
  const variable = `LOOOP_${key.toUpperCase()}`;
  if (!variables.split(", ").includes(variable)) return null;
  return `export ${variable}=SECONDS, or unset it`;
}

function edit(path: string, line: number | null): string {
  return line === null
    ? `edit ${path}; looop help config lists every key`
    : `edit line ${line} of ${path}; looop help config lists every key`;
}

/** The line of what a problem is about, where it stands there only once; `null`: nobody knows. */
function lineOf(problem: string, text: string): number | null {
  const [, rule] = /^policy rule (\S+):/.exec(problem) ?? [];
  const [, unknown] = /unknown key `([^`]+)`/.exec(problem) ?? [];
  const [, key] = /^`(?:[^`]*\.)?([\w-]+)`/.exec(problem) ?? [];
  const word = JSON.stringify(rule ?? unknown ?? key ?? "");
  const lines = text.split("\n").flatMap((line, i) => line.includes(word) ? [i + 1] : []);
  return lines.length === 1 ? lines[0] : null;
}

function count(rules: number): string {
  return rules === 1 ? "one rule of yours compiles" : `${rules} rules of yours compile`;
}

/** Looks at what keeps the loop from deciding, and at what a crash has left. */
export const checkState: Check = {
  name: "state",
  needsProfile: true,
  async run({ profile }) {
    const looks = [held, paused, cutOff].map((look) =>
      Promise.try(look, profile).catch((error) => [fromMessage("fail", "state", messageOf(error))])
    );
    const findings = (await Promise.all(looks)).flat();
    return findings.length > 0 ? findings : [ok("state", "nothing holds the loop or is left over")];
  },
};

async function held(profile: Profile): Promise<Finding[]> {
  const { parked } = await readState(profile);
  const findings: Finding[] = [];
  if (parked) findings.push(warn("state", `parked: ${parked.why}`, "looop resume"));
  const { over } = await checkBudget(profile);
  if (over) {
    const { ask } = await findBudgetAsk(profile, over.budget);
    const fix = ask && !ask.answer
      ? `looop answer ${ask.id} lift`
      : "looop tick, which asks whether to go on";
    findings.push(warn("state", `over budget: ${over.why}`, fix));
  }
  return findings;
}

function paused(profile: Profile): Finding[] {
  return isPaused(profile) ? [warn("state", "paused", "looop resume")] : [];
}

/** While the move lock is held, a move is being made. */
async function cutOff(profile: Profile): Promise<Finding[]> {
  const holder = await lockHolder(profile.paths.moveLock);
  const intent = await readIntent(profile);
  if (holder !== null) return [];
  const findings: Finding[] = [];
  if (intent) {
    const found = `the move of run ${intent.run_id} (${intent.move.action}) was cut off`;
    findings.push(warn("state", found, "looop tick, which finishes it"));
  }
  return findings;
}

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
