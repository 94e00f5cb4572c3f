import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { checkReadOnly, tokenizeCommand } from "../../src/admit/shell_command.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import { UserError } from "../../src/schema/errors.ts";
import { runAs } from "../support/run_as.ts";
import type { TempProfile } from "../support/temp_profile.ts";

/** Runs a command as policy plans it; it must be on the read-only list. */
export async function read(profile: Profile, command: string): Promise<Outcome> {
  const tokens = tokenizeCommand(command);
  assert(tokens.simple, command);
  const check = checkReadOnly(tokens.argv, profile.paths.dataDir);
  assert(check.readOnly, command);
  const { argv, dir: cwd, files: reads } = check.plan;
  return await runAs(profile, argv, { cwd, reads });
}

/** Why a command is refused when it starts. */
export async function refusal(profile: TempProfile, command: string): Promise<string> {
  const { message } = await assertRejects(() => read(profile, command), UserError);
  return message.replaceAll(profile.root, "ROOT");
}

export async function mkfifo(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert(success);
}

/** Runs git without the user's config, and returns what it prints. */
export async function git(dir: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("git", {
    args: ["-c", "user.name=n", "-c", "user.email=e", "-c", "protocol.file.allow=always", ...args],
    cwd: dir,
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

/** A repository with one commit and one change. */
export async function repository(dir: string, ...options: string[]): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  await git(dir, "init", "-q", "-b", "main", ...options);
  await Deno.writeTextFile(join(dir, "a.ts"), "one\n");
  await git(dir, "add", ".");
  await git(dir, "commit", "-qm", "first");
  await Deno.writeTextFile(join(dir, "a.ts"), "two\n");
}
