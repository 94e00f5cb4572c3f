import { fromFileUrl, join } from "@std/path";
import { checkout } from "../support/looop.ts";
import type { Stage } from "./stage.ts";

/**
 * A kind of system call, in all the names that it has on some machine. A program makes it by one of them alone:
 * strace counts each name by itself, so that the second kind of two in one list would hide behind the first.
 */
export type Call =
  | "rename"
  | "write"
  | "fsync"
  | "spawn"
  | "link"
  | "unlink"
  | "unlinkat"
  | "truncate";

const NAMES: Record<Call, string> = {
  rename: "?rename,?renameat,?renameat2",
  write: "?write,?writev",
  fsync: "?fsync,?fdatasync",
  spawn: "?clone,?clone3,?vfork,?fork",
  link: "?link,?linkat",
  unlink: "?unlink",
  // By it alone whole directories are removed; and single files on machines that have no unlink.
  unlinkat: "?unlinkat",
  truncate: "?truncate,?ftruncate",
};

/** Every kind of call that changes what another process can see. */
export const CALLS = Object.keys(NAMES) as Call[];

const ON_MAIN_THREAD = fromFileUrl(new URL("./on_main_thread.ts", import.meta.url));

/** How a tick ended. */
export interface TickEnd {
  killed: boolean;
  code: number;
  stderr: string;
}

/**
 * Makes one `looop tick`, and kills it as it is about to make its N-th call of a kind: that call is not made.
 *
 * strace counts for each thread by itself, and Deno spreads file calls over a pool; so they are all made on the
 * main thread (`on_main_thread.ts`), which alone is traced. The kill takes the whole process. Programs that it
 * started go on, as after any `kill -9`.
 */
export function killTick(stage: Stage, call: Call, nth: number): Promise<TickEnd> {
  return runTick(stage, strace(call, nth), ["--preload", ON_MAIN_THREAD]);
}

/** Makes one `looop tick`; `tracer` is put before its command line, `flags` after `deno run`. */
export async function runTick(
  { root, env }: Pick<Stage, "root" | "env">,
  tracer: string[] = [],
  flags: string[] = [],
): Promise<TickEnd> {
  const [program, ...args] = [...tracer, ...tickArgv(flags)];
  const { signal, code, stderr } = await new Deno.Command(program, {
    ...{ args, cwd: root, env: placedEnv({ root, env }), clearEnv: true, stdin: "null" },
  }).output();
  return { killed: signal === "SIGKILL", code, stderr: new TextDecoder().decode(stderr) };
}

/** Prints why nothing can be tried, where there is no strace. */
export function straceMissing(): string | null {
  try {
    new Deno.Command("strace", { args: ["-V"], stdout: "null" }).outputSync();
    return null;
  } catch {
    return "these tests need strace: apt-get install strace";
  }
}

/** A strace that kills whatever it runs at its N-th call. */
export function strace(call: Call, nth: number): string[] {
  const calls = NAMES[call];
  const inject = `inject=${calls}:signal=KILL:when=${nth}`;
  return ["strace", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", inject];
}

/** The command line of one tick. */
export function tickArgv(flags: string[] = []): string[] {
  const deno = [Deno.execPath(), "run", "--allow-all", "--no-check", "--cached-only"];
  return [
    ...deno,
    "--config",
    join(checkout, "deno.json"),
    ...flags,
    join(checkout, "main.ts"),
    "tick",
  ];
}

/** The environment that leads looop to a profile. */
export function placedEnv({ root, env }: Pick<Stage, "root" | "env">): Record<string, string> {
  return { ...env, LOOOP_DATA_DIR: join(root, "data"), LOOOP_CONFIG: join(root, "looop.json") };
}
