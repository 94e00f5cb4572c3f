import { join } from "@std/path";
import type { Environment } from "../host/env.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import type { SensorHeader } from "./read_header.ts";

/** Flags that keep a sensor's Deno away from the network, from npm and from the settings of folders around it. */
export const DENO_FLAGS = ["--no-config", "--no-lock", "--no-remote", "--no-npm"];

const KINDS = ["net", "read", "sys", "env", "write", "run", "ffi", "import"];

/**
 * The permissions that a header names, all others denied in so many words: whoever starts a `deno run` without any
 * permission flag by Deno's `node:child_process` gives it `-A`, wherever in the arguments it stands
 * (denoland/deno#35443).
 */
export function permissionFlags({ allow, env }: SensorHeader): string[] {
  const named: Record<string, string[]> = { ...allow, env };
  return KINDS.map((kind) => {
    const names = named[kind] ?? [];
    return names.length > 0 ? `--allow-${kind}=${names.join(",")}` : `--deny-${kind}`;
  });
}

/** The environment of a `.ts` sensor's Deno, which keeps its cache inside the data directory. */
export function denoEnv(profile: Profile, named: string[]): Environment {
  return {
    ...childEnv(profile, named),
    DENO_DIR: join(profile.paths.own, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
}
