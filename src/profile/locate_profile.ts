import { isAbsolute, join, resolve } from "@std/path";
import type { Env } from "../host/env.ts";
import { UserError } from "../model/user_error.ts";

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
