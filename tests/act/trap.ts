import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { read } from "./reads.ts";

const env = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  HOME: "/nowhere",
};

/** Starts a program as it is. */
export async function start(cwd: string, argv: string[]): Promise<number> {
  const [program, ...args] = argv;
  const { code } = await new Deno.Command(program, { args, cwd, env, stdin: "null" }).output();
  return code;
}

/** Writes an executable that leaves a mark, and says whether it was started since it was last asked. */
export async function setTrap(dir: string): Promise<{ trap: string; sprung(): Promise<boolean> }> {
  const [trap, marker] = [`${dir}/trap`, `${dir}/started`];
  await Deno.writeTextFile(trap, `#!/bin/sh\necho x >> '${marker}'\n`, { mode: 0o700 });
  const sprung = () => Deno.remove(marker).then(() => true, () => false);
  return { trap, sprung };
}

/** Runs git as it is. */
export const git = (dir: string, ...args: string[]) =>
  start(dir, [...["git", "-c", "user.name=n", "-c", "user.email=e"], ...args]);

/** What git prints. */
export async function printed(dir: string, args: string[], stdin = ""): Promise<string> {
  const child = new Deno.Command("git", { args, cwd: dir, env, stdin: "piped", stdout: "piped" })
    .spawn();
  await new Response(stdin).body!.pipeTo(child.stdin);
  return new TextDecoder().decode((await child.output()).stdout).trim();
}

/** Where traps stand: git splits at spaces what some keys of its config name, and not what others do. */
const WITHOUT_SPACES = Deno.env.get("TMPDIR")?.includes(" ") ? "/tmp" : undefined;

/** A profile, and a directory beside its data directory. */
export async function beside(
  run: (dir: string, profile: TempProfile) => Promise<void>,
): Promise<void> {
  await using profile = await tempProfile({ dir: WITHOUT_SPACES });
  const dir = join(profile.root, "site");
  await Deno.mkdir(dir);
  await run(dir, profile);
}

/** Runs these; none may spring the trap. Returns what they printed. */
export async function readAll(
  profile: TempProfile,
  dir: string,
  { commands, sprung, code = 0 }: {
    commands: string[][];
    sprung: () => Promise<boolean>;
    code?: number | null;
  },
): Promise<(string | undefined)[]> {
  const printed: (string | undefined)[] = [];
  for (const command of commands) {
    const { exit_code, output_tail } = await read(profile, `git -C '${dir}' ${command.join(" ")}`);
    if (code !== null) assertEquals(exit_code, code, `${command.join(" ")}: ${output_tail}`);
    assert(!await sprung(), command.join(" "));
    // git blame has the present time for what is not committed.
    printed.push(output_tail?.replaceAll(/\d\d:\d\d:\d\d/g, "TIME"));
  }
  return printed;
}

/** One of every command of git on the list. */
export const COMMANDS = [
  ["status", "-s"],
  ["log", "-p", "-n", "2"],
  ["show", "HEAD"],
  ["diff"],
  ["diff", "--cached", "--stat"],
  ["blame", "a.ts"],
  ["branch", "-a", "-v"],
  ["tag", "--list"],
  ["ls-files", "-m"],
  ["rev-parse", "HEAD"],
  ["shortlog", "-s", "HEAD"],
  ["remote"],
];
