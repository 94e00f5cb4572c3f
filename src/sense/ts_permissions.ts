import { join, relative, resolve } from "@std/path";
import * as z from "zod/mini";
import type { Environment } from "../os/env.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { parseAs } from "../schema/schema.ts";
import type { SensorHeader, SensorLimits } from "./header.ts";
import type { Captured } from "../os/run_program.ts";
import { cleanText, explainEnd } from "./output.ts";

/** Flags that prevent a sensor's Deno from using remote modules, npm and configuration files. */
export const DENO_FLAGS = ["--no-config", "--no-lock", "--no-remote", "--no-npm"];

const KINDS = ["net", "read", "sys", "env", "write", "run", "ffi", "import"];

/**
 * The permissions that a header names. All others are denied explicitly, since Deno's `node:child_process` adds `-A` to
 * a `deno run` without any permission flag (denoland/deno#35443).
 */
export function permissionFlags({ allow, env }: SensorHeader): string[] {
  const named: Record<string, string[]> = { ...allow, env };
  return KINDS.map((kind) => {
    const names = named[kind] ?? [];
    return names.length > 0 ? `--allow-${kind}=${names.join(",")}` : `--deny-${kind}`;
  });
}

/** The environment of a `.ts` sensor's Deno, whose cache is inside the data directory. */
export function denoEnv(profile: Profile, named: string[]): Environment {
  const env = childEnv(profile, named);
  // Deno reads only the first: the others are how the rest of the machine is told of an authority.
  const authority = env.DENO_CERT ?? env.SSL_CERT_FILE ?? env.NODE_EXTRA_CA_CERTS;
  return {
    ...env,
    ...(authority === undefined ? {} : { DENO_CERT: authority }),
    DENO_DIR: join(profile.paths.own, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}

/** The permissions that a `.ts` sensor requested, such as `net api.github.com` or `env TOKEN`; each once, in order. */
export interface PermissionsUsed {
  /** Granted by its header. */
  used: string[];
  /** Denied, also if the script went on. */
  refused: string[];
}

interface Access {
  kind: string;
  /** `null`: all of its kind. */
  value: string | null;
}

/**
 * Sorts the permissions that a sensor requested by its header. Deno's audit file (`DENO_AUDIT_PERMISSIONS`, one JSON
 * object per line) names each access but not its result, and omits programs, which are always denied.
 *
 * @param audit the content of that file
 */
export function permissionsUsed(
  audit: string,
  header: SensorHeader,
  dataDir: string,
): PermissionsUsed {
  const sorted = { used: new Set<string>(), refused: new Set<string>() };
  for (const line of audit.split("\n")) {
    const access = parse(line);
    if (!access) continue;
    const list = isAllowed(access, header, dataDir) ? sorted.used : sorted.refused;
    const { kind, value } = access;
    list.add(`${kind} ${value === null ? "(all)" : shortened(kind, value, dataDir)}`);
  }
  return { used: [...sorted.used], refused: [...sorted.refused] };
}

const auditLine = z.object({ permission: z.string(), value: z.optional(z.unknown()) });

function parse(line: string): Access | null {
  // A line may have been cut when the sensor was killed.
  const data = parseAs(auditLine, line);
  if (!data) return null;
  const { permission: kind, value } = data;
  if (typeof value !== "string") return { kind, value: null };
  // A fetch is listed twice, by its address and by its connection.
  const url = kind === "net" && URL.canParse(value) && value.includes("://")
    ? new URL(value)
    : null;
  if (!url) return { kind, value };
  const port = url.port || (url.protocol === "http:" ? "80" : "443");
  return { kind, value: `${url.hostname}:${port}` };
}

function isAllowed(
  { kind, value }: Access,
  { allow, env }: SensorHeader,
  dataDir: string,
): boolean {
  if (value === null) return false;
  if (kind === "env") return env.includes(value);
  if (kind === "sys") return allow.sys.includes(value);
  if (kind === "net") {
    return allow.net.some((host) => isHost(host.toLowerCase(), value.toLowerCase()));
  }
  return kind === "read" &&
    allow.read.some((path) => isWithin(resolve(dataDir, path), resolve(dataDir, value)));
}

/** @param allowed a host, with a port or without, that may begin with `*.` */
function isHost(allowed: string, value: string): boolean {
  const host = value.replace(/:\d+$/, "");
  if (allowed.startsWith("*.")) {
    const rest = allowed.slice(1);
    return value.endsWith(rest) || host.endsWith(rest);
  }
  return allowed === value || allowed === host;
}

function isWithin(dir: string, path: string): boolean {
  return path === dir || path.startsWith(dir === "/" ? "/" : `${dir}/`);
}

/** As a header would name it. */
function shortened(kind: string, value: string, dataDir: string): string {
  const inside = kind === "read" && value.startsWith(`${dataDir}/`);
  return inside ? relative(dataDir, value) : value.replace(/:(80|443)$/, "");
}

/** Like {@linkcode explainEnd}, for Deno: names the missing permission, or the error without its stack. */
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
  const error = /^error: (?:Uncaught )?(?:\(in promise\) )?(.+)$/m.exec(end.stderrTail)?.[1];
  return error === undefined ? problem : `it failed: ${cleanText(error, 200)}`;
}

function explainDenied(kind: string, what: string, dataDir: string): string {
  const shown = cleanText(what, 120);
  if (!["net", "env", "read", "sys"].includes(kind) || shown === "") {
    const access = shown === "" ? `all ${kind} access` : `${kind} access to "${shown}"`;
    return `it needs ${access}, which a .ts sensor cannot have; use a shell sensor`;
  }
  return `it needs allow-${kind}=${shortened(kind, shown, dataDir)} in its header`;
}
