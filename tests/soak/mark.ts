import { join } from "@std/path";
import type { TempProfile } from "../support/temp_profile.ts";
import type { Held } from "./look_at_process.ts";

/** What a pulse held after so many ticks: at rest, and of its memory the least and the most shortly before. */
export interface Mark extends Held {
  tick: number;
  /** Milliseconds per tick since the mark before. */
  msPerTick: number;
  peakMiB: number;
  zombies: number[];
  /** Command lines of what runs on beside the pulse, the fleet's tmux and its workers. */
  processes: string[];
  /** Paths of files that only a write under way has. */
  temporaries: string[];
}

/** Lists temporary and lock files that no longer belong to anything, at rest. */
export async function listTemporaries(profile: TempProfile): Promise<string[]> {
  const found: string[] = [];
  const look = async (dir: string) => {
    for await (const { name, isDirectory } of Deno.readDir(dir)) {
      const path = join(dir, name);
      if (isDirectory) await look(path);
      else if (/\.tmp$|tmp_obj|\.git\/.*\.lock$/.test(path)) found.push(path);
    }
  };
  await look(profile.paths.dataDir);
  // What looop or Deno made in the directory for temporary files.
  for await (const { name, isFile } of Deno.readDir(profile.root)) {
    if (
      isFile && !/^(ticks|calls|made|wave|brittle|sleepy|seldom|runner|looop\.json)$/.test(name)
    ) {
      found.push(join(profile.root, name));
    }
  }
  return found;
}
