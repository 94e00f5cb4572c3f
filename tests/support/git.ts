/** Runs git in a directory, without the machine's or user's configuration; gives what it printed. */
export async function git(dir: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("git", {
    args: ["-c", "user.name=test", "-c", "user.email=test@localhost", ...args],
    cwd: dir,
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).output();
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trimEnd();
}

/** The subjects of all commits, newest first. */
export async function subjects(dir: string): Promise<string[]> {
  return (await git(dir, "log", "--format=%s")).split("\n").filter(Boolean);
}
