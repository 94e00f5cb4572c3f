import { fromFileUrl, join } from "@std/path";
import type { TickResult } from "../../src/model/tick_result.ts";
import type { Scene } from "./scene.ts";
import { traceThread, type Tracing } from "./trace_thread.ts";

/** A call before which a tick is killed: the N-th one of its kind that looop's own process makes. */
export interface KillPoint {
  call: Call;
  /** From 1. */
  nth: number;
}

/** Kinds of calls; `spawn` is whatever starts a program. */
export const CALLS = ["write", "fsync", "rename", "link", "unlink", "spawn"] as const;

/** One of {@linkcode CALLS}. */
export type Call = (typeof CALLS)[number];

/**
 * The system calls behind each. Which of a list is taken depends on the machine; it is one alone, since strace
 * counts each of them by itself.
 */
const SYSCALLS: Record<Call, string> = {
  write: "write,pwrite64",
  fsync: "fsync,fdatasync",
  rename: "rename,renameat,renameat2",
  link: "link,linkat",
  unlink: "unlink",
  spawn: "clone,clone3,vfork,fork",
};

/** Most milliseconds that a tick may take. */
const DEADLINE_MS = 120_000;

/** What a tick of a scene writes to, below the scene's root; the same names each time it is made. */
export async function listWrites(scene: Scene): Promise<string[]> {
  const log = join(scene.root, "strace.log");
  await traceTick(scene, "write", ["-y", "-o", log]);
  const paths = (await Deno.readTextFile(log)).split("\n").flatMap((line) => {
    const path = /^\w+\(\d+<([^>]+)>/.exec(line)?.[1];
    return path?.startsWith(scene.root) ? [path.slice(scene.root.length)] : [];
  });
  return [...new Set(paths)];
}

/**
 * Makes one tick of a scene and kills it before a call; gives its result where it ended before it came to that
 * call, else `null`.
 *
 * @param writes those of {@linkcode listWrites}: a thread of Deno's also writes into a pipe each time it has done
 * something, and such writes are not to count
 */
export async function tickKilledAt(
  scene: Scene,
  { call, nth }: KillPoint,
  writes: string[],
): Promise<TickResult | null> {
  const kill = ["-e", `inject=${SYSCALLS[call]}:signal=KILL:when=${nth}`];
  const only = call === "write" ? writes.flatMap((path) => ["-P", scene.root + path]) : [];
  return await traceTick(scene, call, [...only, ...kill]);
}

async function traceTick(scene: Scene, call: Call, flags: string[]): Promise<TickResult | null> {
  const tick = new Deno.Command(Deno.execPath(), {
    args: tickArgs(scene),
    ...{ env: scene.env, clearEnv: true, stdin: "null", stdout: "piped", stderr: "piped" },
  }).spawn();
  const deadline = setTimeout(() => tick.kill("SIGKILL"), DEADLINE_MS);
  const stderr = new Response(tick.stderr).text();
  const out = tick.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let tracing: Tracing | null = null;
  try {
    const [pid, tid] = ((await out.read()).value ?? "").trim().split(" ");
    if (tid === undefined) throw new Error(`the tick did not begin: ${await stderr}`);
    // Programs are started by the main thread, files are written by the one that is left to do so.
    tracing = await traceThread(call === "spawn" ? pid : tid, SYSCALLS[call], flags);
    await Deno.writeTextFile(scene.go, "!");
    let printed = "";
    for (let part; !(part = await out.read()).done;) printed += part.value;
    const { success, signal } = await tick.status;
    if (signal === "SIGKILL" && printed === "") return null;
    if (!success) throw new Error(`the tick failed (${signal}): ${await stderr}`);
    return JSON.parse(printed);
  } finally {
    clearTimeout(deadline);
    await tracing?.ended;
    await stderr;
  }
}

function tickArgs({ dataDir, configPath, go, never, time }: Scene): string[] {
  const here = (path: string) => fromFileUrl(new URL(path, import.meta.url));
  // The seed makes the names of temporary files the same each time.
  const flags = ["-A", "--seed=1", "--cached-only", "--config", here("../../deno.json")];
  return ["run", ...flags, here("one_tick.ts"), dataDir, configPath, go, never, time];
}
