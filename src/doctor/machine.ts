import { isAbsolute } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import { kindAt } from "../os/stat.ts";
import { probeWrite } from "../os/write.ts";
import { childEnv } from "../profile/child_env.ts";
import { journalTail } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { messageOf } from "../schema/errors.ts";
import { lastTickSchema } from "../schema/status.ts";
import { nearest } from "../schema/text.ts";
import { captureOutput } from "../sense/output.ts";
import { listClaims } from "../workers/claims.ts";
import { type Check, type CheckInput, fail, type Finding, fromMessage, ok, warn } from "./check.ts";

/** Looks at the environment that looop was given. */
export const checkEnvironment: Check = {
  name: "environment",
  run({ profile, variables }) {
    const findings = [
      ...home(profile),
      ...locale(profile),
      ...unknownNames(profile, variables),
      ...seconds(profile),
    ];
    return findings.length > 0
      ? findings
      : [ok("environment", "HOME, the locale and LOOOP_* are as they should be")];
  },
};

function home({ env }: Profile): Finding[] {
  const path = env("HOME");
  const wrong = path === undefined
    ? "HOME is not set"
    : !isAbsolute(path)
    ? `HOME is ${path}, which is not absolute`
    : kindAt(path) !== "a directory"
    ? `HOME is ${path}, where no directory is`
    : null;
  if (wrong === null) return [];
  return [warn("environment", `${wrong}: runners and git look there`, "export HOME=/home/you")];
}

function locale({ env }: Profile): Finding[] {
  // In the order in which they count.
  const name = ["LC_ALL", "LC_CTYPE", "LANG"].find((name) => env(name) !== undefined);
  const value = name === undefined ? undefined : env(name);
  if (value !== undefined && /utf-?8/i.test(value)) return [];
  const found = value === undefined ? "no locale is set" : `${name} is ${value}, not UTF-8`;
  const what = "programs may garble text, and tmux shows _ for all but ASCII";
  return [warn("environment", `${found}: ${what}`, `export ${name ?? "LANG"}=C.UTF-8`)];
}

function unknownNames({ environment }: Profile, variables: readonly string[]): Finding[] {
  const unknown = Object.keys(environment).filter((name) =>
    /^LOOOP_/i.test(name) && !variables.includes(name)
  );
  return unknown.sort().map((name) => {
    const meant = nearest(name.toUpperCase(), [...variables]);
    const fix = meant === null
      ? `unset ${name} (looop help environment)`
      : `rename it to ${meant}, if that is what you mean`;
    return warn("environment", `${name} means nothing to looop`, fix);
  });
}

/** What is no number is passed over in silence where a decision is made. */
function seconds({ env }: Profile): Finding[] {
  const text = env("LOOOP_TICK_TIMEOUT");
  if (text === undefined || Number(text) > 0) return [];
  const found = `LOOOP_TICK_TIMEOUT is ${JSON.stringify(text)}, so the default holds: 1800`;
  return [warn("environment", found, "export LOOOP_TICK_TIMEOUT=SECONDS, or unset it")];
}

/** So far in the future, in milliseconds, a stamp is no matter of rounding. */
const TOLERANCE_MS = 120_000;
/** Before looop was made no clock is right. */
const LEAST_YEAR = 2025;

/** Looks at whether the clock was set back since something was written down. */
export const checkClock: Check = {
  name: "clock",
  async run({ profile }) {
    const now = profile.clock.now();
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const shown = `${now.toISOString().slice(0, 16)}Z, time zone ${zone}`;
    if (now.getFullYear() < LEAST_YEAR) return [fail("clock", `it says ${shown}`, "date -s …")];
    const late = (await stampsOf(profile))
      .filter(({ at }) => at - now.getTime() > TOLERANCE_MS)
      .map(({ what, at }) => fromFuture(what, at));
    return late.length > 0 ? late : [ok("clock", shown)];
  },
};

function fromFuture(what: string, at: number): Finding {
  const found = `${what} is of ${new Date(at).toISOString()}, which is still to come`;
  return warn("clock", found, "date (if that is right, the clock was wrong then)");
}

interface Stamp {
  what: string;
  /** Milliseconds since 1970; `NaN` where it is no time. */
  at: number;
}

/** What cannot be read is told by the check whose business it is. */
async function stampsOf(profile: Profile): Promise<Stamp[]> {
  const { paths } = profile;
  const state = await readState(profile).catch(() => null);
  const tick = await parseFile(paths.lastTick, lastTickSchema, "").catch(() => null);
  const [line = ""] = await journalTail(profile, 1).catch(() => []);
  const { asks } = await listAsks(profile).catch(() => ({ asks: [] }));
  const { claims } = await Promise.try(() => listClaims(profile)).catch(() => ({ claims: [] }));
  return [
    { what: "the last tick", at: Date.parse(tick?.at ?? "") },
    { what: "the last decision in state.json", at: Date.parse(state?.decided_at ?? "") },
    { what: "the last line of journal.md", at: localTime(line) },
    ...asks.map(({ id, asked_at }) => ({ what: `ask ${id}`, at: Date.parse(asked_at) })),
    ...claims.map(({ name, since }) => ({ what: `claims/${name}.json`, at: Date.parse(since) })),
  ];
}

/** The journal has the host's local time, in minutes. */
function localTime(line: string): number {
  const [, day, time] = /^- (\d{4}-\d\d-\d\d) (\d\d:\d\d) /.exec(line) ?? [];
  return day === undefined ? NaN : new Date(`${day}T${time}:00`).getTime();
}

/** Less than so much, in KiB, and soon a move cannot be written down. */
const LITTLE_KIB = 100 * 1024;
const TOO_LITTLE_KIB = 1024;

/** Looks at whether the data directory takes writes, and at the room that is left. */
export const checkDisk: Check = {
  name: "disk",
  needsProfile: true,
  async run(input) {
    const { paths } = input.profile;
    try {
      await probeWrite(paths.own);
    } catch (error) {
      return [fromMessage("fail", "disk", messageOf(error))];
    }
    return [await room(input)];
  },
};

async function room({ profile, signal }: CheckInput): Promise<Finding> {
  const { dataDir } = profile.paths;
  const { output } = await captureOutput({
    argv: ["df", "-P", "-k", dataDir],
    cwd: "/",
    env: { ...childEnv(profile), LC_ALL: "C" },
    deadlineMs: 8000,
    signal,
  }, 10_000);
  const row = new TextDecoder().decode(output).trim().split("\n").at(-1) ?? "";
  const [, left] = / (\d+) +\d+% /.exec(row) ?? [];
  if (left === undefined) return ok("disk", `takes writes; df does not tell what is left`);
  const kib = Number(left);
  const mib = `${Math.floor(kib / 1024).toLocaleString("en")} MiB`;
  if (kib >= LITTLE_KIB) return ok("disk", `takes writes, ${mib} left`);
  const fix = `make room on the disk of ${dataDir}`;
  return kib < TOO_LITTLE_KIB
    ? fail("disk", `${left} KiB left`, fix)
    : warn("disk", `${mib} left`, fix);
}
