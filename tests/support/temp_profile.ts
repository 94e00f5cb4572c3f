import { dirname, join } from "@std/path";
import { makeMask } from "../../src/mask/mask.ts";
import { type Clock, systemClock } from "../../src/os/clock.ts";
import { type Env, envOf } from "../../src/os/env.ts";
import { findProgram } from "../../src/os/run_tool.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import { pathsOf } from "../../src/profile/paths.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { Config } from "../../src/schema/config.ts";
import { sha256Hex } from "../../src/schema/json.ts";

/** What {@linkcode tempProfile} takes; all of it has a default. */
export interface TempProfileOptions {
  /**
   * Path in the data dir → content. Default: a PLAYBOOK.md alone, which is there also beside other files
   * unless it is given as `null`. What lies in `sensors/` is made executable.
   */
  files?: Record<string, string | null>;
  /** Over the default config. */
  config?: Partial<Config>;
  /** Environment variables. Default: `PATH` of this process, and an empty `HOME` of its own. */
  env?: Record<string, string>;
  clock?: Clock;
  /** `false`: looop finds no git, and keeps no history, whose processes take most of a tick's time. Default: `true`. */
  history?: boolean;
  /** Where its directory is made. Default: among the temporary files. */
  dir?: string;
  /**
   * How long the path of its directory is, so that a screen that shows it breaks its lines at the same places wherever
   * temporary files are; these are in `/tmp` where their own place is too long for that, or has a space.
   */
  pathLength?: number;
}

/** A profile of a test's own, in a directory of its own that is removed with `await using`. */
export interface TempProfile extends Profile, AsyncDisposable {
  /** What it was told by `warn`, in order. */
  warnings: string[];
  /** Holds the data dir (`data`), `HOME` (`home`), and may hold whatever else a test needs. */
  root: string;
  /** Writes a file of the data dir, its directories included; executable in `sensors/` unless `mode` is given. */
  write(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  /** Reads a file of the data dir. */
  read(path: string): Promise<string>;
}

/** Where a profile is made whose paths stand where nothing can quote a space; `undefined`: as usual. */
export const WITHOUT_SPACES = Deno.env.get("TMPDIR")?.includes(" ") ? "/tmp" : undefined;

/** Fewer characters would meet again among the names of one run. */
const MIN_NAME = 8;

/** What looop looks up on PATH, besides git. */
const PROGRAMS = ["bwrap", "deno", "ps", "script", "tmux"];

/** Variables by which looop finds no git. The programs that it starts have the real PATH, by `environment`. */
async function withoutGit(env: Env, root: string): Promise<Env> {
  const dir = join(root, "programs");
  await Deno.mkdir(dir);
  for (const name of PROGRAMS) {
    const path = findProgram(name, env("PATH") ?? "");
    if (path !== null) await Deno.symlink(path, join(dir, name));
  }
  return (name) => name === "PATH" ? dir : env(name);
}

/** Makes the directory that holds the profile. */
async function makeRoot({ dir, pathLength }: TempProfileOptions): Promise<string> {
  const random = crypto.randomUUID().replaceAll("-", "");
  let parent = await Deno.realPath(dir ?? Deno.env.get("TMPDIR") ?? "/tmp");
  // makeTempDir's names differ in length, and so would the lines of a screen that shows one.
  let name = `looop_test_${random.slice(0, 16)}`;
  if (pathLength !== undefined) {
    const isFit = parent.length + 1 + MIN_NAME <= pathLength && !parent.includes(" ");
    if (!isFit) parent = "/tmp";
    name = random.slice(0, pathLength - parent.length - 1);
  }
  await Deno.mkdir(join(parent, name), { mode: 0o700 });
  return join(parent, name);
}

/** Makes a profile with all its directories, and PLAYBOOK.md, in a fresh temporary directory. */
export async function tempProfile(options: TempProfileOptions = {}): Promise<TempProfile> {
  const root = await makeRoot(options);
  const paths = pathsOf(join(root, "data"));
  const { dataDir, goalsArchive, sensors, claims, reports, asksClosed, snapshots, runs, own } =
    paths;
  const home = join(root, "home");
  for (
    const folder of [
      home,
      dataDir,
      goalsArchive,
      sensors,
      claims,
      reports,
      asksClosed,
      snapshots,
      runs,
      own,
    ]
  ) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const env: Record<string, string> = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    HOME: home,
    ...options.env,
  };
  const warnings: string[] = [];
  const mask = makeMask(env, options.config?.redact ?? []);
  const profile: TempProfile = {
    paths,
    configPath: join(root, "looop.json"),
    config: { ...DEFAULT_CONFIG, ...options.config },
    configDigest: await sha256Hex(""),
    environment: env,
    env: options.history === false ? await withoutGit(envOf(env), root) : envOf(env),
    clock: options.clock ?? systemClock,
    mask,
    warn: (text) => void warnings.push(mask(text)),
    warnings,
    root,
    async write(path, content, mode = path.startsWith("sensors/") ? 0o700 : 0o600) {
      const target = join(dataDir, path);
      await Deno.mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await Deno.writeFile(
        target,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
      await Deno.chmod(target, mode);
    },
    read: (path) => Deno.readTextFile(join(dataDir, path)),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
  const files = { "PLAYBOOK.md": "# Playbook\n", ...options.files };
  for (const [path, content] of Object.entries(files)) {
    if (content !== null) await profile.write(path, content);
  }
  return profile;
}
