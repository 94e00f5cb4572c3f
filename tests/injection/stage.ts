import { assertEquals } from "@std/assert";
import { basename, dirname, fromFileUrl, join } from "@std/path";
import { makeFence } from "../../src/decide/prompt/parts.ts";
import { readSecret } from "../../src/profile/markers.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { workerProfile } from "../support/worker_profile.ts";
import { fenceProblems } from "./fence_problems.ts";
import type { Order, Told } from "./obeying_loop.ts";
import { traced } from "./traced.ts";
import { denoDir } from "../support/looop.ts";

/** What some ticks did. */
export interface Scene {
  told: Told[];
  /** What was executed besides looop's own machinery, sorted. */
  executed: string[][];
  stderr: string;
}

/** A profile in which a decider obeys, and whatever could do harm is a stand-in on PATH that does nothing. */
export interface Stage extends AsyncDisposable {
  profile: TempProfile;
  env: Record<string, string>;
  /** The key of the profile's fence. */
  key: string;
  /**
   * Ticks under strace, and checks what must hold in every scene: outside text in a prompt taints the decision, and
   * stands in fences.
   */
  play(order?: Partial<Order>): Promise<Scene>;
}

/** Programs that a hostile command may name. */
const PROGRAMS =
  "awk busybox cat cp curl date dd df du env eval exec find gh grep head id install kill ln ls make " +
  "mkfifo mv nc nice node nohup npm npx pwd perl pip python3 rm rsync scp sed sh shutdown sort ssh stat sudo tail " +
  "tee timeout touch unlink wc wget xargs zsh agent";

const LOOP = fromFileUrl(new URL("obeying_loop.ts", import.meta.url));

/**
 * Sets one up.
 *
 * @param realGit `false`: git is a stand-in, too, and there is no history, since each of its commands takes its time
 * @param workers there is a tmux server that is ended with it
 */
export async function stage(
  { files = {}, realGit = true, workers = false }: {
    files?: Record<string, string>;
    realGit?: boolean;
    workers?: boolean;
  } = {},
): Promise<Stage> {
  const profile = await (workers ? workerProfile : tempProfile)({ files });
  const { root, paths } = profile;
  const bin = join(root, "bin");
  await Deno.mkdir(bin);
  for (const name of PROGRAMS.split(" ")) await script(join(bin, name), "exit 0");
  const own = `case "$1" in --git-dir=*) exec /usr/bin/git "$@" ;; esac`;
  await script(join(bin, "git"), realGit ? own : "exit 0");
  const env = {
    ...profile.environment,
    PATH: `${bin}:${profile.environment.PATH}`,
    DENO_DIR: denoDir(),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    LOOOP_DATA_DIR: paths.dataDir,
    LOOOP_CONFIG: profile.configPath,
    LOOOP_SENSOR_MAX_BYTES: "200000",
  };
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({
      worker_runner: "agent",
      runners: { agent: { worker: "agent {{prompt_file}}" } },
    }),
  );
  const key = await keyOf(profile);
  return {
    profile,
    env,
    key,
    [Symbol.asyncDispose]: () => profile[Symbol.asyncDispose](),
    async play(order = {}) {
      const whole: Order = {
        ...{ ticks: 1, moves: [], first: [], obey: true, forget: false, git: realGit },
        ...order,
      };
      await Deno.writeTextFile(join(root, "order.json"), JSON.stringify(whole));
      const ran = await traced([Deno.execPath(), "run", "-A", LOOP], { env, cwd: root });
      if (ran.code !== 0) throw new Error(`the loop ended with ${ran.code}: ${ran.stderr}`);
      const told: Told[] = JSON.parse(await Deno.readTextFile(join(root, "told.json")));
      for (const { prompt, tainted } of told) {
        if (prompt === undefined) continue;
        if (prompt.includes("OBEY-")) assertEquals(tainted, true);
        assertEquals(fenceProblems(prompt, key), []);
      }
      return { told, executed: strange(ran.executed, paths.dataDir), stderr: ran.stderr };
    },
  };
}

/** The programs that are not looop's own machinery. */
export function strange(executed: string[][], dataDir: string): string[][] {
  return executed.filter((argv) => !isOwn(argv, dataDir)).sort((a, b) => (a < b ? -1 : 1));
}

/** The private directory of a supervisor. */
const OWN_DIR = /^(\/dev\/shm|\/tmp)\/looop-[0-9a-f]{8,16}$/;

function isOutputFile(path: string): boolean {
  return OWN_DIR.test(dirname(path)) && /^\d+\.(out|err)$/.test(basename(path));
}

function isOwn([program, ...args]: string[], dataDir: string): boolean {
  const [first = ""] = args;
  return (program === Deno.execPath()) ||
    // Looop's way of starting programs: what it starts is listed by itself.
    (/^(\/usr\/bin\/)?bash$/.test(program) && first === "-p" && /^looop(-inner)?$/.test(args[3])) ||
    // The relays of a supervisor, and what makes and removes its files.
    (/(^|\/)cat$/.test(program) && args.length === 0) ||
    (/(^|\/)truncate$/.test(program) && args.slice(2).every(isOutputFile)) ||
    (/(^|\/)rm$/.test(program) && args.slice(0, 2).join(" ") === "-rf --" &&
      OWN_DIR.test(args[2])) ||
    (/(^|\/)git$/.test(program) && first === `--git-dir=${dataDir}/.git`) ||
    // What looop shows git of a repository.
    (/(^|\/)git$/.test(program) && args.slice(0, 3).join(" ") === "config --file -") ||
    (/(^|\/)ln$/.test(program) && first === "-s" && OWN_DIR.test(dirname(`${args.at(-1)}x`))) ||
    // What git starts by itself after a commit.
    (program === "/usr/lib/git-core/git" && /^(maintenance|gc)$/.test(first)) ||
    // A look at the workers.
    (/(^|\/)ps$/.test(program) && args.every((arg) => !arg.includes("/"))) ||
    (/(^|\/)tmux$/.test(program) && args.some((arg) => /^list-/.test(arg))) ||
    (program.startsWith(`${dataDir}/sensors/`) && args.length === 0);
}

async function script(path: string, body: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`);
  await Deno.chmod(path, 0o700);
}

/** A sensor that strangers can write: it prints `mail-<i>.json`, by the shell alone. */
export function mailSensor(i: number): string {
  const print = `while IFS= read -r line; do printf '%s\\n' "$line"; done <mail-${i}.json`;
  return `#!/bin/sh\n# looop: trust=untrusted\n${print}\n`;
}

async function keyOf(profile: TempProfile): Promise<string> {
  const fence = await makeFence(await readSecret(profile));
  return /^<<<(\S+)/.exec(fence("", ""))?.[1] ?? "";
}
