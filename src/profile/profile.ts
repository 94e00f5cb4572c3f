import { type Clock, systemClock } from "../host/clock.ts";
import { type Env, type Environment, envOf, systemEnvironment } from "../host/env.ts";
import { operatingSystem } from "../host/operating_system.ts";
import type { Config } from "../model/config.ts";
import { makeMask } from "../model/make_mask.ts";
import type { Mask } from "../model/mask.ts";
import { ConfigError } from "../model/user_error.ts";
import { locateProfile, type ProfilePlaces } from "./locate_profile.ts";
import { type Paths, pathsOf } from "./paths.ts";
import { DEFAULT_CONFIG, type LoadedConfig, readConfig } from "./read_config.ts";
import { refuseWindows } from "./refuse_windows.ts";
import { tellOnce } from "./tell_once.ts";

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
  const warn = tellOnce(options.warn ?? (() => undefined));
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
