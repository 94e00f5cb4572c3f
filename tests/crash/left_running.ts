import { eventually } from "../eventually.ts";
import type { Scene } from "./scene.ts";

/** Fails where something that a scene's ticks started still runs a moment later, but what `except` names. */
export async function assertNothingRuns({ root }: Scene, except = /^$/): Promise<void> {
  let found: string[] = [];
  const isClean = async () => {
    found = (await runningIn(root)).map(({ args }) => args).filter((args) => !except.test(args));
    return found.length === 0;
  };
  await eventually("nothing is left running", isClean, 10_000).catch(() => {
    throw new Error(`still running: ${found.join("; ")}`);
  });
}

/** Ends all that a scene's ticks have left. */
export async function endAll({ root }: Scene): Promise<void> {
  await eventually("all that is left has ended", async () => {
    const left = await runningIn(root);
    for (const { pid } of left) kill(pid);
    return left.length === 0;
  });
}

/** How many programs with this command line a scene's ticks have left. */
export async function countRunning({ root }: Scene, args: RegExp): Promise<number> {
  return (await runningIn(root)).filter((program) => args.test(program.args)).length;
}

/** What has this folder as its HOME. */
async function runningIn(root: string): Promise<{ pid: number; args: string }[]> {
  const found: { pid: number; args: string }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const env = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!env.split("\0").includes(`HOME=${root}`)) continue;
      const args = (await Deno.readTextFile(`/proc/${name}/cmdline`)).replaceAll("\0", " ").trim();
      found.push({ pid: Number(name), args });
    } catch {
      // It has just ended, or is somebody else's.
    }
  }
  return found;
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
