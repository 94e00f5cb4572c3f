import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { denoDir, type EmptyHome, launcher } from "../support/looop.ts";
import type { CliPulse } from "./cli_pulse.ts";

const CALLS = "trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync,openat,open,creat";

/** The most milliseconds that one traced tick may take. */
const DEADLINE_MS = 120_000;

/** What the system calls of a tick tell of its writing. */
export interface Writes {
  /**
   * The files and directories that a call made durable, in order, one a call. Those of the data directory are relative
   * to it (itself: `.`); temporary names, run ids and the objects of git are shortened.
   */
  durable: string[];
  /** The files of the data directory that were opened to be written, temporary names shortened. */
  written: string[];
}

/**
 * Traces a pulse for so many idle ticks.
 *
 * @throws {Error} where it does not idle.
 */
export async function traceIdleTicks(pulse: CliPulse, ticks: number): Promise<Writes> {
  const { dataDir, dir } = pulse.home;
  const lastTick = join(dataDir, ".looop", "last_tick.json");
  const idleSince = async (time: number) => {
    const { at, outcome } = JSON.parse(await Deno.readTextFile(lastTick));
    return outcome === "idle" && Date.parse(at) > time;
  };
  await eventually("it idles", () => idleSince(0));
  const log = join(dir, "log");
  const strace = new Deno.Command("strace", {
    args: [...flags(log), "-p", String(pulse.pid)],
  }).spawn();
  try {
    await eventually("strace listens", () => Deno.stat(log).then(() => true, () => false));
    for (let tick = 0; tick < ticks; tick++) {
      const after = Date.now();
      await eventually("an idle tick", () => idleSince(after));
    }
  } finally {
    strace.kill("SIGINT");
    await strace.status;
  }
  return writesIn(await Deno.readTextFile(log), dataDir);
}

/**
 * Traces one `looop tick`, whatever it comes to.
 *
 * @throws {Error} where it fails.
 */
export async function traceTick(home: EmptyHome): Promise<Writes> {
  const log = join(home.dir, "log");
  const { success, stderr } = await new Deno.Command("strace", {
    args: [...flags(log), launcher, "tick"],
    env: { ...home.env, LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
    clearEnv: true,
    cwd: home.dir,
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).output();
  if (!success) throw new Error(`looop tick failed: ${new TextDecoder().decode(stderr)}`);
  return writesIn(await Deno.readTextFile(log), home.dataDir);
}

function flags(log: string): string[] {
  return ["-f", "-qq", "-y", "-e", CALLS, "-s", "4096", "-o", log];
}

function writesIn(log: string, folder: string): Writes {
  const lines = log.split("\n").filter((line) => !line.includes(" = -1 "));
  const durable = lines.filter((line) => /\b(f(data)?sync|sync\w*|msync)\(|O_D?SYNC/.test(line))
    // Deno compiles what it has not seen before, and keeps that.
    .filter((line) => !`${line}/`.replace(">", "/").includes(`<${denoDir()}/`))
    .map((line) => shortPath(/\(\d+<([^>]*)>/.exec(line)?.[1] ?? line, folder));
  const written = lines.filter((line) => /O_WRONLY|O_RDWR|creat\(/.test(line))
    .map((line) => /"([^"]*)"/.exec(line)?.[1] ?? line)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1).replace(/\.[0-9a-f]{8}\.tmp$/, ".*.tmp"));
  return { durable, written: [...new Set(written)].sort() };
}

function shortPath(path: string, folder: string): string {
  if (path === folder) return ".";
  if (!path.startsWith(`${folder}/`)) return path;
  return path.slice(folder.length + 1).replace(/\.[0-9a-f]{8}\.tmp$/, ".*.tmp")
    .replace(/^runs\/[^/]+/, "runs/*").replace(/^\.git\/objects\/.*/, ".git/objects/*");
}
