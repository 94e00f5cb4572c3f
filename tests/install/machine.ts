import { join } from "@std/path";
import { checkout, type Ran } from "../support/looop.ts";

/** The script. */
export const SCRIPT = join(checkout, "install.sh");

/** What programs the script finds; all are the machine's but those that a test names. */
const TOOLS = [
  ...["awk", "cat", "chmod", "curl", "dash", "grep", "gzip", "head", "mkdir", "mktemp", "mv", "rm"],
  ...["setsid", "sha256sum", "sh", "sleep", "tail", "bash", "git", "tmux", "script", "ps"],
];

/** A machine for the script: an empty home, and a PATH with stand-ins in front. */
export interface Machine extends AsyncDisposable {
  home: string;
  bin: string;
  env: Record<string, string>;
  /** Puts a program on PATH, or takes one away. */
  stand(name: string, script: string | null): Promise<void>;
  install(env?: Record<string, string>, shell?: string[], input?: string): Promise<Ran>;
  /** What lies in `~/.local/bin`, hidden files included. */
  installed(): Promise<string[]>;
}

/** Makes a machine of a kind, as `uname -s` and `-m` tell it; its processor and its C library are stand-ins. */
export async function machine(kind = "Linux x86_64"): Promise<Machine> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop-install-" }));
  const [home, bin] = [join(root, "it's my home"), join(root, "bin")];
  for (const dir of [home, bin]) await Deno.mkdir(dir);
  for (const tool of TOOLS) {
    const found = await new Deno.Command("which", { args: [tool] }).output();
    const path = new TextDecoder().decode(found.stdout).trim();
    if (path !== "") await Deno.symlink(path, join(bin, tool));
  }
  const [system, processor] = kind.split(" ");
  const env = { HOME: home, PATH: bin, LANG: "C.UTF-8", SHELL: "/bin/bash" };
  const made: Machine = {
    home,
    bin,
    env,
    async stand(name, script) {
      await Deno.remove(join(bin, name)).catch(() => {/* It was not there. */});
      if (script === null) return;
      await Deno.writeTextFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    async install(more = {}, shell = ["dash", SCRIPT], input) {
      const child = new Deno.Command(join(bin, shell[0]), {
        args: shell.slice(1),
        cwd: home,
        clearEnv: true,
        env: { ...env, ...more },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input ?? "")).catch(() => {/* It has ended. */});
      await writer.close().catch(() => {/* It has ended. */});
      const { code, stdout, stderr } = await child.output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    async installed() {
      try {
        const names = await Array.fromAsync(Deno.readDir(join(home, ".local/bin")));
        return names.map(({ name }) => name).sort();
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
  await made.stand("uname", `case $1 in -s) echo ${system} ;; -m) echo ${processor} ;; esac`);
  await made.stand("ldd", "echo 'ldd (GNU libc) 2.36'");
  return made;
}
