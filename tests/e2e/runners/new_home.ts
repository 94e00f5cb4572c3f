import { dirname, join } from "@std/path";
import { PROGRAM_MS } from "../../support/eventually.ts";
import { denoDir, launcher, looop } from "../../support/looop.ts";
import { type Shell, shellOn } from "../shell_on.ts";
import { runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { type ModelServer, startModelServer } from "./model_server.ts";
import { providerHosts } from "./provider_hosts.ts";

const PROGRAMS = ["claude", "codex", "opencode", "pi"];

/** A home in which a program was never started. */
export interface NewHome extends AsyncDisposable {
  env: Record<string, string>;
  dataDir: string;
  server: ModelServer;
  /** A terminal in which looop was typed; `args` behind its name. The second at a time needs another `name`. */
  type(args?: string[], name?: string): Promise<Shell>;
  asks(): Promise<string>;
  /** Puts a program on its PATH. */
  install(name: string): Promise<void>;
}

/** What {@linkcode newHome} takes. */
export interface NewHomeInput {
  /** Files and variables with a program's settings that this home is to lack. */
  forget?: string[];
  /** The programs on its PATH. Default: its runner */
  installs?: string[];
}

/**
 * Makes a home without the settings of a program.
 *
 * @param runner that of looop's config; `null`: there is no config
 */
export async function newHome(
  runner: string | null,
  { forget = [], installs = runner === null ? [] : [runner] }: NewHomeInput = {},
): Promise<NewHome> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(startModelServer());
  const home = stack.use(await runnerHome(server));
  const hosts = stack.use(await providerHosts(home.dir, server));
  const dataDir = join(home.dir, "data");
  const env: Record<string, string> = {
    ...{ ...home.env, ...hosts.env, LOOOP_DATA_DIR: dataDir, TERM: "xterm-256color" },
    PATH: [join(home.dir, "bin"), ...withoutRunners(home.env.PATH)].join(":"),
    LOOOP: launcher,
    ...{ LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir(), XDG_RUNTIME_DIR: home.dir },
  };
  for (const name of forget) {
    delete env[name];
    await Deno.remove(join(home.dir, name), { recursive: true }).catch(() => undefined);
  }
  const config = join(home.dir, ".config", "looop.json");
  await Deno.mkdir(dirname(config), { recursive: true });
  if (runner !== null) await Deno.writeTextFile(config, JSON.stringify({ runner }));
  const install = async (name: string) => {
    await Deno.mkdir(join(home.dir, "bin"), { recursive: true });
    await Deno.symlink(join(runnersBin, name), join(home.dir, "bin", name));
  };
  for (const name of installs) await install(name);
  return {
    ...{ env, dataDir, server, install },
    async type(args = [], name = "tmux") {
      const bash = ["bash", "--norc", "--noprofile", "-c"];
      const command = `"$0" "$@"; echo "status $?"; exec bash --norc`;
      return await shellOn(env, [...bash, command, launcher, ...args], {
        columns: 100,
        rows: 45,
        name,
        // Several homes wait for minutes at once: each check starts a program.
        everyMs: 250,
      });
    },
    asks: async () => (await looop(["asks"], { env })).stdout,
    async [Symbol.asyncDispose]() {
      await looop(["down", "--workers"], { env });
      const tmux = await Deno.readTextFile(join(dataDir, ".looop", "tmux.json")).catch(() => null);
      await stack.disposeAsync();
      if (tmux === null) return;
      try {
        Deno.kill(JSON.parse(tmux).pid, "SIGKILL");
      } catch {
        // It has ended with its last session.
      }
    },
  };
}

/** The directories of a PATH in which none of the programs is. */
function withoutRunners(path: string): string[] {
  const isThere = (file: string) => {
    try {
      return Deno.statSync(file).isFile;
    } catch {
      return false;
    }
  };
  return path.split(":").filter((dir) => !PROGRAMS.some((name) => isThere(join(dir, name))));
}

/** What the screen shows, then the keys for it. */
export type Step = [shown: RegExp, ...keys: string[]];

/** Waits for what is shown and presses the keys for it, step by step. */
export async function go(shell: Shell, steps: Step[]): Promise<void> {
  for (const [shown, ...keys] of steps) {
    await shell.seen(shown, PROGRAM_MS);
    for (const key of keys) {
      await shell.type(...(key.startsWith("-l ") ? ["-l", key.slice(3)] : [key]));
    }
  }
}

/** What Claude Code asks in a new home with a key in the environment. */
export const CLAUDE: Step[] = [
  [/Dark mode/, "Enter"],
  [/Do you want to use this API key\?[^]*❯ 2\. No/, "Up"],
  [/❯ 1\. Yes/, "Enter"],
  [/Press Enter to continue/, "Enter"],
  [/❯ 1\. Yes, I trust this folder/, "Enter"],
];
