import { isAbsolute, join, resolve } from "@std/path";
import { makeMask, type Mask } from "../mask/mask.ts";
import { type Clock, systemClock } from "../os/clock.ts";
import { type Env, type Environment, envOf, systemEnvironment } from "../os/env.ts";
import { operatingSystem } from "../os/self.ts";
import type { Config } from "../schema/config.ts";
import { ConfigError, UserError } from "../schema/errors.ts";
import { DEFAULT_CONFIG, type LoadedConfig, readConfig } from "./config.ts";
import { type Paths, pathsOf } from "./paths.ts";

/** One data directory with its config, and what it is looked at with. */
export interface Profile {
  paths: Paths;
  configPath: string;
  config: Config;
  /** SHA-256 of the config file, hex. */
  configDigest: string;
  /** All that looop was given; children get what they need of it. */
  environment: Environment;
  /** One variable of it. */
  env: Env;
  clock: Clock;
  /** Hides the secrets of the environment in whatever is written down or shown. */
  mask: Mask;
  /** Tells the person something in one line, once however often it is seen; it never stops what is going on. */
  warn(text: string): void;
}

/** What {@linkcode openProfile} takes; all of it has a default. */
export interface ProfileOptions extends Partial<ProfilePlaces> {
  environment?: Environment;
  clock?: Clock;
  warn?(text: string): void;
  /** Told why the config cannot be used; the defaults hold then. Default: that is an error. */
  onBadConfig?(error: ConfigError): void;
}

/**
 * Finds a profile and reads its config; makes nothing.
 *
 * @throws {ConfigError} where the config cannot be used.
 * @throws {UserError} on Windows, where looop runs in WSL alone.
 */
export async function openProfile(options: ProfileOptions = {}): Promise<Profile> {
  refuseWindows(operatingSystem());
  const environment = options.environment ?? systemEnvironment();
  const env = envOf(environment);
  const { dataDir, configPath } = locateProfile(env, options);
  const { config, digest } = await readConfig(configPath, env).catch((error) =>
    defaultsFor(error, options)
  );
  const mask = makeMask(environment, config.redact);
  const warn = warnOnce(options.warn ?? (() => undefined));
  return {
    paths: pathsOf(dataDir),
    configPath,
    config,
    configDigest: digest,
    environment,
    env,
    clock: options.clock ?? systemClock,
    mask,
    warn: (text) => warn(mask(text)),
  };
}

function defaultsFor(error: unknown, { onBadConfig }: ProfileOptions): LoadedConfig {
  if (!(error instanceof ConfigError) || !onBadConfig) throw error;
  onBadConfig(error);
  return { config: DEFAULT_CONFIG, digest: "" };
}

/** Where a profile lives; absolute paths. */
export interface ProfilePlaces {
  dataDir: string;
  configPath: string;
}

/**
 * Finds the data directory (`$LOOOP_DATA_DIR`, else `${XDG_STATE_HOME:-~/.local/state}/looop`) and the config
 * file (`$LOOOP_CONFIG`, else `${XDG_CONFIG_HOME:-~/.config}/looop.json`).
 *
 * @throws {UserError} where neither they nor `HOME` are set.
 */
export function locateProfile(env: Env, given: Partial<ProfilePlaces> = {}): ProfilePlaces {
  const home = (what: string) => {
    const path = env("HOME");
    if (path && isAbsolute(path)) return path;
    throw new UserError(
      `cannot tell where ${what} is: set HOME, or LOOOP_DATA_DIR and LOOOP_CONFIG`,
    );
  };
  const dataDir = given.dataDir ?? env("LOOOP_DATA_DIR") ??
    join(env("XDG_STATE_HOME") ?? join(home("the data directory"), ".local", "state"), "looop");
  const configPath = given.configPath ?? env("LOOOP_CONFIG") ??
    join(env("XDG_CONFIG_HOME") ?? join(home("the config file"), ".config"), "looop.json");
  return { dataDir: resolve(dataDir), configPath: resolve(configPath) };
}

/**
 * Refuses to open a profile where neither bash nor tmux nor POSIX' permissions and process groups are: `looop help`,
 * `version` and `completions`, which need no profile, work there all the same.
 *
 * @param system as Deno names it
 * @throws {UserError} on Windows, outside of WSL, which is Linux.
 */
export function refuseWindows(system: string): void {
  if (system !== "windows") return;
  throw new UserError(
    "cannot run on Windows itself: looop needs bash, tmux and POSIX signals, and has them in WSL; " +
      "install that (wsl --install), and in it looop",
  );
}

/** How many different texts are remembered. */
const REMEMBERED = 200;

/**
 * Makes a teller that passes a text on only once, as long as it is seen again before 200 others are. Texts name
 * ids, times and prices: a pulse of months would keep them all.
 */
export function warnOnce(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    // Put last again, since a set keeps the order in which its entries came.
    const again = told.delete(text);
    if (!again && !passOn(tell, text)) return;
    told.add(text);
    const [oldest] = told;
    if (told.size > REMEMBERED) told.delete(oldest);
  };
}

function passOn(tell: (text: string) => void, text: string): boolean {
  try {
    tell(text);
    return true;
  } catch {
    return false; // a log on a full disk: it is told when it is seen again
  }
}
