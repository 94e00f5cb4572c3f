import { denoDir, type EmptyHome, launcher } from "../support/looop.ts";

/** What a program took, its children included: milliseconds. */
export interface Took {
  wallMs: number;
  cpuMs: number;
}

/** Runs a program to its end; bash counts the CPU of all that it waited for. */
export async function run(argv: string[], env: Record<string, string>): Promise<Took> {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `TIMEFORMAT="%3U %3S"; time "$@" >/dev/null`, "bash", ...argv],
    cwd: env.HOME,
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  const wallMs = performance.now() - started;
  const said = new TextDecoder().decode(stderr).trim();
  if (!success) {
    throw new Error(`${argv.join(" ")} failed: ${said}${new TextDecoder().decode(stdout)}`);
  }
  const [user, system] = said.split("\n").at(-1)!.split(" ").map(Number);
  return { wallMs, cpuMs: (user + system) * 1000 };
}

/** The environment of looop's programs in a home: with the packages that are there already. */
export function environmentIn(home: EmptyHome): Record<string, string> {
  return { ...home.env, DENO_DIR: denoDir(), LOOOP_DENO: Deno.execPath(), NO_COLOR: "1" };
}

/** The command line of looop as its users start it. */
export function looopArgv(...args: string[]): string[] {
  return [launcher, ...args];
}
