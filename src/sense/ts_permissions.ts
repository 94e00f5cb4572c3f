import { relative, resolve } from "@std/path";
import { isJsonObject } from "../schema/json.ts";
import type { SensorHeader } from "./header.ts";

/** What a `.ts` sensor reached for, such as `net api.github.com` or `env TOKEN`; each once, in its order. */
export interface PermissionsUsed {
  /** What its header allows. */
  used: string[];
  /** What it was denied, also where the script went on. */
  refused: string[];
}

interface Access {
  kind: string;
  /** `null`: all of its kind. */
  value: string | null;
}

/**
 * Sorts what a sensor reached for by its header. Deno's audit file (`DENO_AUDIT_PERMISSIONS`, one JSON object a line)
 * names each access but does not say what became of it, and leaves out programs, which are always refused.
 *
 * @param audit what stands in that file
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
    list.add(shown(access, dataDir));
  }
  return { used: [...sorted.used], refused: [...sorted.refused] };
}

function parse(line: string): Access | null {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return null; // a line that was cut when the sensor was killed
  }
  if (!isJsonObject(data) || typeof data.permission !== "string") return null;
  const { permission: kind, value } = data;
  if (typeof value !== "string") return { kind, value: null };
  // A fetch counts once by its address, and once by what it connects to.
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
  switch (kind) {
    case "env":
      return env.includes(value);
    case "sys":
      return allow.sys.includes(value);
    case "net":
      return allow.net.some((host) => isHost(host.toLowerCase(), value.toLowerCase()));
    case "read":
      return allow.read.some((path) => isWithin(resolve(dataDir, path), resolve(dataDir, value)));
    default:
      return false;
  }
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
function shown({ kind, value }: Access, dataDir: string): string {
  if (value === null) return `${kind} (all)`;
  const inside = kind === "read" && value.startsWith(`${dataDir}/`);
  return `${kind} ${inside ? relative(dataDir, value) : value.replace(/:(80|443)$/, "")}`;
}
