import { isAbsolute } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import { kindAt } from "../os/stat.ts";
import { probeWrite } from "../os/write.ts";
import { childEnv } from "../profile/child_env.ts";
import { journalTail } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { lastTickSchema } from "../schema/status.ts";
import { nearest } from "../schema/text.ts";
import { captureOutput } from "../sense/capture.ts";
import { listClaims } from "../workers/claims.ts";
import { type Check, type CheckInput, fail, type Finding, ok, warn } from "./check.ts";

/** Checks the environment variables. */
export const checkEnvironment: Check = {
  name: "environment",
  fine: "HOME, the locale and LOOOP_* are valid",
  run: ({ profile, variables }) => [
    ...home(profile),
    ...locale(profile),
    ...unknownNames(profile, variables),
    ...seconds(profile),
  ],
};

function home({ env }: Profile): Finding[] {
  const path = env("HOME");
  if (path !== undefined && isAbsolute(path) && kindAt(path) === "a directory") return [];
  const what = path !== undefined && isAbsolute(path) ? "a directory" : "absolute";
  const wrong = path === undefined ? "HOME is not set" : `HOME is ${path}, which is not ${what}`;
  return [warn("environment", `${wrong}: runners and git read it`, "export HOME=/home/you")];
}

function locale({ env }: Profile): Finding[] {
  // In their order of precedence.
  const name = ["LC_ALL", "LC_CTYPE", "LANG"].find((name) => env(name) !== undefined);
  const value = name === undefined ? undefined : env(name);
  if (value !== undefined && /utf-?8/i.test(value)) return [];
  const found = value === undefined ? "no locale is set" : `${name} is ${value}, not UTF-8`;
  const what = "programs may garble text, and tmux replaces non-ASCII characters with _";
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
      : `rename it to ${meant}, if that is what you meant`;
    return warn("environment", `looop does not read ${name}`, fix);
  });
}

/** A decision ignores an invalid value. */
function seconds({ env }: Profile): Finding[] {
  const text = env("LOOOP_TICK_TIMEOUT");
  if (text === undefined || Number(text) > 0) return [];
  const found = `LOOOP_TICK_TIMEOUT is ${JSON.stringify(text)}, so the default applies: 1800`;
  return [warn("environment", found, "export LOOOP_TICK_TIMEOUT=SECONDS, or unset it")];
}

/** A time stamp that is further in the future than this, in milliseconds, is an error. */
const TOLERANCE_MS = 120_000;
/** looop did not exist before. */
const MIN_YEAR = 2025;

/** Checks whether the clock was set back after something was recorded. */
export const checkClock: Check = {
  name: "clock",
  async run({ profile }) {
    const now = profile.clock.now();
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const shown = `${now.toISOString().slice(0, 16)}Z, time zone ${zone}`;
    if (now.getFullYear() < MIN_YEAR) return [fail("clock", `it shows ${shown}`, "date -s …")];
    const late = (await stampsOf(profile))
      .filter(({ at }) => at - now.getTime() > TOLERANCE_MS)
      .map(({ what, at }) => {
        const found = `${what} is dated ${new Date(at).toISOString()}, in the future`;
        return warn("clock", found, "date (if it is right, the clock was wrong then)");
      });
    return late.length > 0 ? late : [ok("clock", shown)];
  },
};

/**
 * Time stamps in milliseconds since 1970; `NaN` if invalid. Files that cannot be read are left to their own checks.
 */
async function stampsOf(profile: Profile): Promise<{ what: string; at: number }[]> {
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

/** The journal has local time, in minutes. */
function localTime(line: string): number {
  const [, day, time] = /^- (\d{4}-\d\d-\d\d) (\d\d:\d\d) /.exec(line) ?? [];
  return day === undefined ? NaN : new Date(`${day}T${time}:00`).getTime();
}

/** Free space, in KiB, below which a warning or a failure is reported. */
const WARN_KIB = 100 * 1024;
const FAIL_KIB = 1024;

/** Checks that the data directory is writable, and the free space. */
export const checkDisk: Check = {
  name: "disk",
  needsProfile: true,
  async run(input) {
    await probeWrite(input.profile.paths.own);
    return [await freeSpace(input)];
  },
};

async function freeSpace({ profile, signal }: CheckInput): Promise<Finding> {
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
  if (left === undefined) return ok("disk", "writable; df does not report the free space");
  const kib = Number(left);
  const mib = `${Math.floor(kib / 1024).toLocaleString("en")} MiB`;
  if (kib >= WARN_KIB) return ok("disk", `writable, ${mib} free`);
  const fix = `free space on the disk of ${dataDir}`;
  return kib < FAIL_KIB ? fail("disk", `${left} KiB free`, fix) : warn("disk", `${mib} free`, fix);
}
