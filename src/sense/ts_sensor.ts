import { join, relative } from "@std/path";
import type { Environment } from "../os/env.ts";
import { findDeno } from "../os/self.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import type { Reading } from "../schema/world.ts";
import type { SensorHeader, SensorLimits } from "./header.ts";
import type { Sensor } from "./list.ts";
import { type Captured, cleanText, explainEnd } from "./output.ts";
import type { Capture, SensorPlan, SensorRan } from "./run_sensor.ts";
import { loadModules } from "./ts_modules.ts";

/** Flags that keep a sensor's Deno away from the network, from npm and from the settings of directories around it. */
export const DENO_FLAGS = ["--no-config", "--no-lock", "--no-remote", "--no-npm"];

const KINDS = ["net", "read", "sys", "env", "write", "run", "ffi", "import"];

/**
 * The permissions that a header names, all others denied in so many words: whoever starts a `deno run` without any
 * permission flag by Deno's `node:child_process` gives it `-A`, wherever in the arguments it stands
 * (denoland/deno#35443).
 */
export function permissionFlags({ allow, env }: SensorHeader): string[] {
  const named: Record<string, string[]> = { ...allow, env };
  return KINDS.map((kind) => {
    const names = named[kind] ?? [];
    return names.length > 0 ? `--allow-${kind}=${names.join(",")}` : `--deny-${kind}`;
  });
}

/** The environment of a `.ts` sensor's Deno, which keeps its cache inside the data directory. */
export function denoEnv(profile: Profile, named: string[]): Environment {
  return {
    ...childEnv(profile, named),
    DENO_DIR: join(profile.paths.own, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

/** Checks a `.ts` sensor's modules and notes their digest; what starts it then, or why it must not run. */
export async function prepareTsSensor(
  plan: SensorPlan,
  reading: Reading,
): Promise<string | (() => Promise<SensorRan>)> {
  const { profile, sensor, limits, signal } = plan;
  const deno = findDeno(profile.env("PATH") ?? "");
  if (deno === null) {
    return "it needs a deno on PATH: a compiled looop has none of its own for .ts sensors";
  }
  const graph = await loadModules(profile, sensor, deno, signal);
  if (!graph.ok) return graph.error;
  // A change of a helper module is a change of the script.
  if (Object.keys(graph.modules).length > 1) {
    reading.script = await sha256Hex(canonicalJson(graph.modules));
  }
  return async () => {
    const captured = await runTsSensor({ ...plan, deno });
    return { captured, problem: explainTsEnd(captured, limits, profile.paths.dataDir) };
  };
}

/** What running a `.ts` sensor takes. */
export interface TsSensorRun {
  profile: Profile;
  sensor: Sensor;
  /** The path of the program. */
  deno: string;
  header: SensorHeader;
  limits: SensorLimits;
  /** Where Deno notes what it reaches for. Default: nowhere. */
  auditFile?: string;
  signal?: AbortSignal;
  /** Runs the program. */
  capture: Capture;
}

/**
 * Runs a `.ts` sensor in a Deno of its own with only the permissions that its header names. Its modules must have
 * been found sound before: see `load_modules.ts`.
 */
export function runTsSensor(
  { profile, sensor, deno, header, limits: { timeoutMs, maxBytes }, auditFile, signal, capture }:
    TsSensorRun,
): Promise<Captured> {
  return capture({
    argv: [
      ...[deno, "run", "--quiet", "--no-prompt", "--no-check", ...DENO_FLAGS],
      ...permissionFlags(header),
      sensor.path,
    ],
    cwd: profile.paths.dataDir,
    env: {
      ...denoEnv(profile, header.env),
      // The file is Deno's own: the sensor needs no permission for it, and gets none.
      ...(auditFile === undefined ? {} : { DENO_AUDIT_PERMISSIONS: auditFile }),
    },
    deadlineMs: timeoutMs,
    mask: profile.mask,
    signal,
  }, maxBytes);
}

const GRANTABLE = ["net", "env", "read", "sys"];

/** Like {@linkcode explainEnd}, for Deno: names the permission that was missing, or the error without its stack. */
export function explainTsEnd(
  captured: Captured,
  limits: SensorLimits,
  dataDir: string,
): string | null {
  const problem = explainEnd(captured, limits);
  const { end, overflowed } = captured;
  if (problem === null || overflowed || end.ending !== "exited" || end.status !== 1) return problem;
  const denied = /Requires (\w+) access(?: to "([^"\n]*)")?/.exec(end.stderrTail);
  if (denied) return explainDenied(denied[1], denied[2] ?? "", dataDir);
  const said = /^error: (?:Uncaught )?(?:\(in promise\) )?(.+)$/m.exec(end.stderrTail)?.[1];
  return said === undefined ? problem : `it failed: ${cleanText(said, 200)}`;
}

function explainDenied(kind: string, what: string, dataDir: string): string {
  const shown = cleanText(what, 120);
  if (!GRANTABLE.includes(kind) || shown === "") {
    const access = shown === "" ? `all ${kind} access` : `${kind} access to "${shown}"`;
    return `it needs ${access}, which no .ts sensor can have: use a shell sensor`;
  }
  let value = shown.replace(/:(80|443)$/, "");
  if (kind === "read" && shown.startsWith(`${dataDir}/`)) value = relative(dataDir, shown);
  return `it needs allow-${kind}=${value} in its header`;
}
