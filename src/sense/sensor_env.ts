import type { Environment } from "../host/env.ts";
import type { Profile } from "../profile/profile.ts";

const USUAL = /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|LOOOP_.*)$/;

/**
 * The environment of a sensor: `PATH`, `HOME`, user name, temporary folder, locale, `LOOOP_*`, and what its
 * header names. Nothing else, so that a credential reaches only those sensors that ask for it.
 */
export function sensorEnv(
  { environment, paths, configPath }: Profile,
  named: string[],
): Environment {
  const env: Environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };
  for (const [name, value] of Object.entries(environment)) {
    if (USUAL.test(name) || named.includes(name)) env[name] = value;
  }
  return { ...env, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath };
}
