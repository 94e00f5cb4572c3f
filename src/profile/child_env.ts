import type { Environment } from "../host/env.ts";
import { isSecretName } from "../model/is_secret_name.ts";
import type { Profile } from "./profile.ts";

const USUAL = /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|LOOOP_.*)$/;

/**
 * The environment of a program that looop starts: `PATH`, `HOME`, user name, temporary folder, locale, `LOOOP_*`,
 * and what is named besides. Nothing else, so that a credential reaches only what asks for it.
 *
 * @param named names of variables, and patterns of such names
 */
export function childEnv(
  { environment, paths, configPath }: Profile,
  named: Iterable<string | RegExp> = [],
): Environment {
  const patterns = [...named];
  const isNamed = (name: string) =>
    patterns.some((pattern) => typeof pattern === "string" ? pattern === name : pattern.test(name));
  const env: Environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };
  for (const [name, value] of Object.entries(environment)) {
    const usual = USUAL.test(name) && !isSecretName(name);
    if (usual || isNamed(name)) env[name] = value;
  }
  return { ...env, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath };
}

/** The variables that a shell command mentions as `$NAME` or `${NAME…}`. */
export function mentionedIn(command: string): string[] {
  return [...command.matchAll(/\$\{?[#!]?([A-Za-z_]\w*)/g)].map(([, name]) => name);
}
