import { join } from "@std/path";
import { findProgram } from "../../src/os/run_tool.ts";
import { denoDir, type EmptyHome, emptyHome } from "../support/looop.ts";

/** All that a machine has to have: node's npm, git, tmux and what every system brings along. */
const PROGRAMS = [
  ...["bash", "sh", "git", "tmux", "script", "ps", "sed", "grep", "awk", "iconv", "clear"],
  ...["cat", "chmod", "cut", "date", "dirname", "env", "head", "id", "ls", "mkdir", "mkfifo"],
  ...["mv", "readlink", "rm", "sha256sum", "sleep", "sort", "stty", "tail", "tr", "true"],
  ...["tty", "uname", "wc"],
];

/** What leads npm to its packages. */
const OF_NPM = /^(npm_config_.*|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/i;

/** An empty home, with a PATH that has these programs and no others: no LLM runner, nor a sandbox. */
export async function bareMachine(more: string[] = []): Promise<EmptyHome> {
  const home = await emptyHome();
  const bin = join(home.dir, "bin");
  await Deno.mkdir(bin);
  for (const name of [...PROGRAMS, ...more]) {
    const found = findProgram(name, Deno.env.get("PATH") ?? "");
    if (found === null) throw new Error(`this test needs ${name}: install it`);
    await Deno.symlink(found, join(bin, name));
  }
  const passed = Object.entries(Deno.env.toObject()).filter(([name]) => OF_NPM.test(name));
  const env = {
    ...home.env,
    ...Object.fromEntries(passed),
    PATH: bin,
    TERM: "xterm-256color",
    PS1: "$ ",
    // It would be written while the home is removed.
    HISTFILE: "/dev/null",
    // What was fetched already need not be fetched again.
    DENO_DIR: denoDir(),
  };
  return { ...home, env };
}
