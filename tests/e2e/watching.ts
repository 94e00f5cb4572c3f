import { assertEquals } from "@std/assert";
import type { Config } from "../../src/schema/config.ts";
import { denoDir, launcher } from "../support/looop.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { workerProfile } from "../support/worker_profile.ts";
import { type Shell, shellOn } from "./shell_on.ts";

const CONFIG = { runner: "none" } as const;

/** A shell whose first command is `looop watch …`; behind it a prompt. */
export async function watching(
  profile: TempProfile,
  { args = "", columns = 100, rows = 30, env = {} }: {
    args?: string;
    columns?: number;
    rows?: number;
    env?: Record<string, string>;
  } = {},
): Promise<Shell> {
  const all = {
    ...profile.environment as Record<string, string>,
    ...{ HOME: profile.root, TMPDIR: profile.root, TERM: "xterm-256color", LANG: "C.UTF-8" },
    ...{ PS1: "prompt> ", HISTFILE: "/dev/null" },
    ...{ LOOOP_DATA_DIR: profile.paths.dataDir, LOOOP_CONFIG: profile.configPath },
    ...{ LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
    ...env,
  };
  const bash = ["bash", "--norc", "--noprofile"];
  const shell = await shellOn(all, bash, { columns, rows, name: `watch${columns}` });
  await shell.seen(/prompt>/);
  await shell.type("-l", `${launcher} watch ${args}`);
  await shell.type("Enter");
  await shell.seen(/^looop {2}⚑ \d+ waiting/m);
  return shell;
}

export async function withConfig(
  files: Record<string, string> = {},
  config: Partial<Config> = CONFIG,
): Promise<TempProfile> {
  const profile = await workerProfile({ files, config });
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  return profile;
}

export const quit = async (shell: Shell) => {
  await shell.type("q");
  await shell.seen(/prompt>$/m);
  await usable(shell);
};

/** The terminal is as a shell needs it: its cursor is visible, and it shows what is typed. */
export const usable = async (shell: Shell) => {
  const text = `typed ${crypto.randomUUID().slice(0, 8)}`;
  const flags = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{wrap_flag}";
  assertEquals(await shell.tell(flags), "0 1 0 1");
  await shell.type("-l", `echo ${text}`);
  await shell.seen(new RegExp(`prompt> echo ${text}`));
  await shell.type("Enter");
  await shell.seen(new RegExp(`^${text}$`, "m"));
};
