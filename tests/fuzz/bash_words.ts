/** What bash makes of a command. */
export interface Seen {
  /** Its words as arguments: what splitting and expansion give. */
  words: string[];
  /** Program and arguments when it stands as a command; `null`: it names a builtin or a path, which are not tried. */
  started: string[] | null;
}

// A restricted bash without PATH: no program starts, no file is written. Whatever it would start, it hands to
// command_not_found_handle.
const SCRIPT = `
command_not_found_handle() { printf '%s\\0' "$@"; }
while IFS= read -r line; do
  eval "printf '%s\\0' $line"
  printf '\\1\\0'
  read -r how
  if [ "$how" = start ]; then eval "$line"; else printf '\\2\\0'; fi
  printf '\\1\\0'
done
`;

/** Asks bash how it reads commands of one line each, thousands of them at a time. */
export async function bashWords(commands: string[]): Promise<Seen[]> {
  const builtins = await run("compgen -b", "");
  const own = new Set([...builtins.split("\n"), "command_not_found_handle"]);
  const isTried = (command: string) => {
    const first = command.trim().split(" ")[0].replaceAll(/['"]/g, "");
    return !own.has(first) && !first.includes("/") && /^[a-z]/.test(first);
  };
  const lines = commands.map((command) => `${command}\n${isTried(command) ? "start" : "-"}\n`);
  const printed = (await run(SCRIPT, lines.join(""))).split("\x01\0").slice(0, -1);
  if (printed.length !== 2 * commands.length) {
    throw new Error(`bash said ${printed.length} things of ${commands.length} commands`);
  }
  const words = (text: string) => text.split("\0").slice(0, -1);
  return commands.map((_, i) => ({
    words: words(printed[2 * i]),
    started: printed[2 * i + 1] === "\x02\0" ? null : words(printed[2 * i + 1]),
  }));
}

async function run(script: string, input: string): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "looop_fuzz_" });
  try {
    const process = new Deno.Command("/bin/bash", {
      args: ["--norc", "--noprofile", "--restricted", "-c", script],
      cwd: dir,
      clearEnv: true,
      env: { PATH: "/nonexistent", LC_ALL: "C" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writing = new Blob([input]).stream().pipeTo(process.stdin);
    const [{ stdout, stderr }] = await Promise.all([process.output(), writing]);
    if (stderr.length > 0) throw new Error(`bash: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
