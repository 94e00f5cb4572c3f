import { join } from "@std/path";
import type { Config } from "../../src/schema/config.ts";
import { type CliEnd, cliOn } from "./cli_on.ts";
import { git } from "./git.ts";
import type { TempProfile } from "./temp_profile.ts";
import { workerProfile } from "./worker_profile.ts";

/** A bare repository that holds the memory of a loop, and is removed with `await using`. */
export interface Remote extends AsyncDisposable {
  path: string;
  /** Reads a file of its last commit. */
  read(path: string): Promise<string>;
}

/** Makes one without any commit. */
export async function remote(): Promise<Remote> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop-remote-" }));
  await git(path, "init", "-q", "--bare", "-b", "main");
  return {
    path,
    read: (file) => git(path, "show", `main:${file}`),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** A machine that is new, on which a loop's memory is in its data directory. */
export interface Machine extends TempProfile {
  looop(...args: string[]): Promise<CliEnd>;
  push(): Promise<void>;
}

/** Makes one; its data directory is a clone where the remote has a commit, else it holds these files alone. */
export async function machine(
  { path }: Remote,
  config: Partial<Config>,
  files: Record<string, string> = {},
): Promise<Machine> {
  // Whoever ticks there runs one after another.
  const env = { LOOOP_PLACE: "jobs" };
  const profile = await workerProfile({ config, env, files: { "PLAYBOOK.md": null } });
  const { dataDir } = profile.paths;
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  if (await git(path, "branch")) {
    await Deno.remove(dataDir, { recursive: true });
    await git(profile.root, "clone", "-q", path, dataDir);
  } else {
    for (const [name, content] of Object.entries(files)) await profile.write(name, content);
  }
  return {
    ...profile,
    looop: (...args) => cliOn(profile, args),
    push: async () => void await git(dataDir, "push", "-q", path, "HEAD:main"),
  };
}

/** A runner that counts in `calls` how often it is asked, and returns a move from a file in the root. */
export async function countingRunner(root: string, move: object): Promise<string> {
  await Deno.writeTextFile(join(root, "move.json"), JSON.stringify(move));
  return `cat >/dev/null; echo >>'${root}/calls'; cat '${root}/move.json'`;
}
