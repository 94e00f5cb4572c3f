import { isAbsolute } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import { weakSecrets } from "../mask/values.ts";
import { kindAt } from "../os/stat.ts";
import { probeWrite } from "../os/write.ts";
import { childEnv } from "../profile/child_env.ts";
import { journalTail } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { lastTickSchema } from "../schema/state.ts";
import { nearest } from "../schema/text.ts";
import { captureOutput } from "../os/run_program.ts";
import { listClaims } from "../workers/claims.ts";
import { type Check, fail, warn } from "./check.ts";

/** Checks the environment variables. */
export const checkEnvironment: Check = {
  name: "environment",
  *run({ profile: { env, environment, config }, variables }) {
    const home = env("HOME") ?? "";
    if (!isAbsolute(home) || kindAt(home) !== "a directory") {
      const what = isAbsolute(home) ? "a directory" : "absolute";
      const wrong = home === "" ? "HOME is not set" : `HOME is ${home}, which is not ${what}`;
      yield warn(`${wrong}: runners and git read it`, "export HOME=/home/you");
    }
    // In their order of precedence.
    const locale = ["LC_ALL", "LC_CTYPE", "LANG"].find((name) => env(name) !== undefined);
    const value = env(locale ?? "") ?? "";
    if (!/utf-?8/i.test(value)) {
      const found = value === "" ? "no locale is set" : `${locale} is ${value}, not UTF-8`;
      const what = "programs may garble text, and tmux replaces non-ASCII characters with _";
      yield warn(`${found}: ${what}`, `export ${locale ?? "LANG"}=C.UTF-8`);
    }
    for (const name of Object.keys(environment).sort()) {
      if (!/^LOOOP_/i.test(name) || variables.includes(name)) continue;
      const meant = nearest(name.toUpperCase(), [...variables]);
      const fix = meant === null
        ? `unset ${name} (looop help environment)`
        : `rename it to ${meant}, if that is what you meant`;
      yield warn(`looop does not read ${name}`, fix);
    }
    for (const { name, why, masked } of weakSecrets(environment, config.redact)) {
      const found = masked
        ? `the value of ${name} ${why}, which is masked wherever it stands, since redact names it`
        : `the value of ${name} ${why}, so it is not masked`;
      const fix = masked
        ? `give ${name} another value, or remove it from redact`
        : `give ${name} a longer value${
          config.redact.includes(name) ? "" : ", or list it in redact"
        }`;
      yield warn(found, fix);
    }
    const seconds = env("LOOOP_TICK_TIMEOUT");
    if (seconds !== undefined && !(Number(seconds) > 0)) {
      // A decision ignores an invalid value.
      const found = `LOOOP_TICK_TIMEOUT is ${
        JSON.stringify(seconds)
      }, so the default applies: 1800`;
      yield warn(found, "export LOOOP_TICK_TIMEOUT=SECONDS, or unset it");
    }
    return "HOME, the locale and LOOOP_* are valid";
  },
};

/** A time stamp that is further in the future than this, in milliseconds, is an error. */
const TOLERANCE_MS = 120_000;
/** looop did not exist before. */
const MIN_YEAR = 2025;

/** Checks whether the clock was set back after something was recorded. */
export const checkClock: Check = {
  name: "clock",
  async *run({ profile }) {
    const now = profile.clock.now();
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const shown = `${now.toISOString().slice(0, 16)}Z, time zone ${zone}`;
    if (now.getFullYear() < MIN_YEAR) return yield fail(`it shows ${shown}`, "date -s …");
    for (const { what, at } of await stampsOf(profile)) {
      if (!(at - now.getTime() > TOLERANCE_MS)) continue;
      const found = `${what} is dated ${new Date(at).toISOString()}, in the future`;
      yield warn(found, "date (if it is right, the clock was wrong then)");
    }
    return shown;
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
  const { claims } = await listClaims(profile).catch(() => ({ claims: [] }));
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
  async *run({ profile, signal }) {
    const { dataDir, own } = profile.paths;
    await probeWrite(own);
    const { output } = await captureOutput({
      argv: ["df", "-P", "-k", dataDir],
      cwd: "/",
      env: { ...childEnv(profile), LC_ALL: "C" },
      deadlineMs: 8000,
      signal,
    }, 10_000);
    const row = new TextDecoder().decode(output).trim().split("\n").at(-1) ?? "";
    const [, left] = / (\d+) +\d+% /.exec(row) ?? [];
    if (left === undefined) return "writable; df does not report the free space";
    const kib = Number(left);
    const mib = `${Math.floor(kib / 1024).toLocaleString("en")} MiB`;
    const fix = `free space on the disk of ${dataDir}`;
    if (kib < FAIL_KIB) yield fail(`${left} KiB free`, fix);
    else if (kib < WARN_KIB) yield warn(`${mib} free`, fix);
    return `writable, ${mib} free`;
  },
};
