import { findProgram } from "../os/run_tool.ts";
import { type Config, PRESET_NAMES } from "../schema/config.ts";
import { isAbsolute, join, resolve } from "@std/path";
import { makeMask, type Mask } from "../mask/mask.ts";
import { type Clock, systemClock } from "../os/clock.ts";
import {
  type Env,
  type Environment,
  envOf,
  operatingSystem,
  systemEnvironment,
  withAbsolutePath,
} from "../os/env.ts";
import { isPresent } from "../os/stat.ts";
import { type ConfigError, UserError } from "../schema/errors.ts";
import { currentConfig, type ProfileConfig, saveConfig } from "./config.ts";
import { type Paths, pathsOf } from "./paths.ts";

/** One data directory with its config, and the means to work on it. */
export interface Profile {
  paths: Paths;
  configPath: string;
  config: Config;
  /** SHA-256 of the config file, hex. */
  configDigest: string;
  /** Text of the config file that `config` is from; `null`: there was none. Absent: not known. */
  configText?: string | null;
  /**
   * Why the config file cannot be used, in one line with its path, line and remedy, and what applies instead: `config` then is
   * the last valid one, or has the defaults. Absent: it can be used.
   */
  configProblem?: string;
  /** The same as an error. */
  configError?: ConfigError;
  /** looop's own environment, with absolute entries alone on `PATH`; children get the part that they need. */
  environment: Environment;
  /** One variable of it. */
  env: Env;
  clock: Clock;
  /** Hides the secrets of the environment in all that is written or shown. */
  mask: Mask;
  /** Prints a warning of one line, once for the same text. Never throws. */
  warn(text: string): void;
}

/** Options of {@linkcode openProfile}. */
export interface ProfileOptions extends Partial<ProfilePlaces> {
  environment?: Environment;
  clock?: Clock;
  warn?(text: string): void;
  /**
   * What to do if the config file cannot be used: `refuse` it (default), go on with the `last` valid config, or else the
   * defaults, if the data directory exists, or with `any` of these even if it does not. `configProblem` then says so.
   */
  badConfig?: "refuse" | "last" | "any";
}

/**
 * Locates a profile and reads its config, of which it keeps a copy in a data directory that exists; creates nothing else.
 *
 * @throws {ConfigError} if the config is invalid, unless `badConfig` says otherwise.
 * @throws {UserError} on Windows, where looop runs only in WSL.
 */
export async function openProfile(options: ProfileOptions = {}): Promise<Profile> {
  refuseWindows(operatingSystem());
  const environment = withAbsolutePath(options.environment ?? systemEnvironment());
  const env = envOf(environment);
  const { dataDir, configPath } = locateProfile(env, options);
  const paths = pathsOf(dataDir);
  const found = await currentConfig({ paths, configPath, env });
  const { badConfig = "refuse" } = options;
  const goesOn = badConfig === "any" || (badConfig === "last" && isPresent(paths.own));
  if (found.configError && !goesOn) throw found.configError;
  const clock = options.clock ?? systemClock;
  const print = warnOnce(options.warn ?? (() => undefined));
  return withConfig({ paths, configPath, environment, env, clock }, found, print);
}

/**
 * Reads the config of a profile again, as a process does that runs for long: while the file cannot be used, the last valid
 * config stays, and `configProblem` says so.
 *
 * @param opened the profile as it was opened
 * @param last the profile as this returned it last. Default: `opened`
 */
export async function refreshConfig(opened: Profile, last: Profile = opened): Promise<Profile> {
  const { config, configDigest, configText } = last;
  const found = await currentConfig(opened, { config, configDigest, configText });
  const profile = withConfig(opened, found, opened.warn);
  if (found.configDigest !== configDigest) await saveConfig(profile);
  return profile;
}

function withConfig(
  { paths, configPath, environment, env, clock }: Omit<
    Profile,
    keyof ProfileConfig | "mask" | "warn"
  >,
  found: ProfileConfig,
  print: (text: string) => void,
): Profile {
  const mask = makeMask(environment, found.config.redact);
  const warn = (text: string) => print(mask(text));
  return { paths, configPath, ...found, environment, env, clock, mask, warn };
}

/** The places of a profile; absolute paths. */
export interface ProfilePlaces {
  dataDir: string;
  configPath: string;
}

/** What a shell would have replaced or removed; and URLs. */
const UNEXPANDED = /^(~|["'`]|\$[A-Za-z_{(]|%[A-Za-z_]+%|[A-Za-z][\w+.-]+:\/\/)/;

/**
 * Returns the path that a variable names. systemd, cron, Docker and `.env` files pass `~`, `$HOME`, quotes and the ends of
 * lines on as they are: `~/x` is taken as in a shell, and the others are refused, since taken literally they would name a new
 * directory.
 */
function pathIn(env: Env, name: string): string | undefined {
  const path = env(name);
  if (path === undefined) return path;
  if (/^\s|\s$|\p{Cc}/u.test(path)) {
    throw new UserError(
      `cannot use ${name}: ${JSON.stringify(path)} has a space or a control character too many, ` +
        "such as the end of a line of a file from Windows; write the path alone",
    );
  }
  if (!UNEXPANDED.test(path)) return path;
  const home = env("HOME");
  if (/^~(\/|$)/.test(path) && home !== undefined && isAbsolute(home)) {
    return join(home, path.slice(1));
  }
  throw new UserError(
    `cannot use ${name}: ${path} is not expanded by what sets it; write the whole path, such as /home/you/looop`,
  );
}

/**
 * Locates the data directory (`$LOOOP_DATA_DIR`, else `${XDG_STATE_HOME:-~/.local/state}/looop`) and the config
 * file (`$LOOOP_CONFIG`, else `${XDG_CONFIG_HOME:-~/.config}/looop.json`). In each, `~/` is the home.
 *
 * @throws {UserError} if neither they nor `HOME` are set, or one has something that only a shell expands, or that no path should have.
 */
export function locateProfile(env: Env, given: Partial<ProfilePlaces> = {}): ProfilePlaces {
  const home = (what: string) => {
    const path = env("HOME");
    if (path && isAbsolute(path)) return path;
    throw new UserError(
      `cannot locate ${what}: HOME is not an absolute path; set it, or LOOOP_DATA_DIR and LOOOP_CONFIG`,
    );
  };
  const dataDir = given.dataDir ?? pathIn(env, "LOOOP_DATA_DIR") ??
    join(
      pathIn(env, "XDG_STATE_HOME") ?? join(home("the data directory"), ".local", "state"),
      "looop",
    );
  const configPath = given.configPath ?? pathIn(env, "LOOOP_CONFIG") ??
    join(pathIn(env, "XDG_CONFIG_HOME") ?? join(home("the config file"), ".config"), "looop.json");
  return { dataDir: resolve(dataDir), configPath: resolve(configPath) };
}

/**
 * Refuses to open a profile without bash, tmux, POSIX permissions and process groups. `looop help`, `version` and
 * `completions` need no profile and work anyway.
 *
 * @param system as in `Deno.build.os`
 * @throws {UserError} on Windows outside of WSL.
 */
export function refuseWindows(system: string): void {
  if (system !== "windows") return;
  throw new UserError(
    "cannot run on Windows: looop needs bash, tmux and POSIX signals; " +
      "install WSL (wsl --install), and looop inside it",
  );
}

const MAX_REMEMBERED = 200;

/**
 * Wraps a function so that it gets each text once, unless 200 others come in between: texts contain ids, times and
 * prices, and a pulse runs for months.
 */
export function warnOnce(print: (text: string) => void): (text: string) => void {
  const printed = new Set<string>();
  return (text) => {
    // Added again below as the newest: a set has the order of insertion.
    if (!printed.delete(text)) {
      try {
        print(text);
      } catch {
        return; // a log on a full disk: it is printed next time
      }
    }
    printed.add(text);
    const [oldest] = printed;
    if (printed.size > MAX_REMEMBERED) printed.delete(oldest);
  };
}

/**
 * Returns the name of the runner that decides, with `auto` the first preset that is installed, or why there is none. It
 * loads no runner: the status is read often.
 *
 * @param name default: as in the config
 */
export function pickRunnerName(
  { config: { runners, runner }, env }: Profile,
  name = runner,
): { name: string } | { name: null; why: string } {
  const path = env("PATH") ?? "";
  if (name === "none") return { name: null, why: `the config says "runner": "none"` };
  if (name === "auto") {
    const first = PRESET_NAMES.find((preset) => findProgram(preset, path));
    if (first !== undefined) return { name: first };
    const why = `no LLM runner is installed (looked for ${PRESET_NAMES.join(", ")} on PATH)`;
    return { name: null, why };
  }
  return runners[name]?.tick !== undefined || findProgram(name, path)
    ? { name }
    : { name: null, why: `the runner ${name} is not on PATH` };
}
