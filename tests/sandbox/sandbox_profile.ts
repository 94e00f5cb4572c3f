import { join } from "@std/path";
import { type CliEnd, cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { looopOn } from "../support/looop_on.ts";
import type { TempProfile, TempProfileOptions } from "../support/temp_profile.ts";
import { workerProfile } from "../support/worker_profile.ts";

/** A profile whose config file asks for a sandbox, and whose workers run the last line of their prompt. */
export async function sandboxProfile(
  sandbox: "bwrap" | "none" = "bwrap",
  options: TempProfileOptions = {},
): Promise<TempProfile> {
  const config = {
    sandbox,
    runner: "none",
    worker_runner: "sh",
    runners: { sh: { worker: 'eval "$(tail -n 1 {{prompt_file}})"' } },
    ...options.config,
  };
  const profile = await workerProfile({ ...options, config });
  await Deno.writeTextFile(profile.configPath, JSON.stringify(config));
  return profile;
}

/**
 * Runs a command line of looop as a person would, outside of any sandbox: in a process of its own where it starts a
 * worker, whose shim then has this process's scope.
 */
export async function person(profile: TempProfile, ...args: string[]): Promise<CliEnd> {
  if (args[0] !== "start-session") return await cliOn(profile, args);
  await using looop = looopOn(profile, args);
  return await looop.end;
}

/** Starts a pulse that is ended with the test; resolves once it has ticked. */
export async function startPulse(profile: TempProfile): Promise<AsyncDisposable> {
  const looop = looopOn(profile, []);
  await eventually(
    "the pulse has ticked",
    async () => await isPresent(join(profile.paths.own, "last_tick.json")),
  );
  return looop;
}

/** Whether something is at a path, symlinks not followed. */
export async function isPresent(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Waits for a file of the data dir that is not empty, and reads it. */
export async function eventualText(profile: TempProfile, path: string): Promise<string> {
  let text = "";
  await eventually(`${path} is written`, async () => {
    text = await profile.read(path).catch(() => "");
    return text !== "";
  });
  return text;
}
