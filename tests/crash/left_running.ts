import { eventually } from "../eventually.ts";
import type { Scene } from "./scene.ts";

/** Fails where something that a scene's ticks started still runs a moment later, but what `except` names. */
export async function assertNothingRuns({ root }: Scene, except = /^$/): Promise<void> {
  let found: string[] = [];
  const isClean = async () => {
    found = (await runningIn(root)).filter((args) => !except.test(args));
    return found.length === 0;
  };
  await eventually("nothing is left running", isClean, 10_000).catch(() => {
    throw new Error(`still running: ${found.join("; ")}`);
  });
}

/** The command lines of what has this folder as its HOME. */
async function runningIn(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const env = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!env.split("\0").includes(`HOME=${root}`)) continue;
      found.push(`${name} ${await Deno.readTextFile(`/proc/${name}/cmdline`)}`);
    } catch {
      // It has just ended, or is somebody else's.
    }
  }
  return found;
}
