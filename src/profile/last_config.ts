import * as z from "zod/mini";
import { readTextIfPresent } from "../os/read.ts";
import { isPresent } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { ConfigError } from "../schema/errors.ts";
import { parseAs } from "../schema/schema.ts";
import { DEFAULT_CONFIG, parseConfig, readConfig } from "./config.ts";
import { describeConfigProblem } from "./config_problems.ts";
import type { Paths } from "./paths.ts";
import type { Profile } from "./profile.ts";

/** The copy of a config file that could be used; `text` is `null` if there was no file. */
const savedSchema = z.strictObject({
  path: z.string(),
  text: z.nullable(z.string()),
  at: z.string(),
});

/** Where a config comes from. */
type Place = Pick<Profile, "paths" | "configPath" | "env">;

/**
 * Keeps a copy of the config that a tick is about to use, for {@linkcode currentConfig}; only in a data directory that exists.
 * Never throws: without a copy, the defaults take its place.
 */
export async function saveConfig(profile: Omit<Profile, "mask" | "warn">): Promise<void> {
  const { paths, configPath, configText: text, configProblem, clock } = profile;
  if (text === undefined || configProblem !== undefined || !isPresent(paths.own)) return;
  const before = await readSaved(paths);
  if (before?.path === configPath && before.text === text) return;
  const saved = { path: configPath, text, at: clock.now().toISOString() };
  await replaceFile(paths.lastConfig, `${JSON.stringify(saved)}\n`, { durable: false })
    // In the sandbox of a worker, or on a full disk.
    .catch(() => undefined);
}

/** A config as a profile has it. */
export type ProfileConfig = Pick<
  Profile,
  "config" | "configDigest" | "configText" | "configProblem" | "configError"
>;

/**
 * Reads the config. While its file cannot be used, it is the last one that could, or else the defaults, and what is wrong is
 * in `configProblem` and `configError`.
 *
 * @param known the last one that could be used. Default: the copy in the data directory
 */
export async function currentConfig(place: Place, known?: ProfileConfig): Promise<ProfileConfig> {
  const { configPath, env } = place;
  try {
    const { config, digest, text } = await readConfig(configPath, env);
    return { config, configDigest: digest, configText: text };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const last = known ?? await lastConfig(place);
    const what = await describeConfigProblem(configPath, error.message);
    const used = last ? "the last valid config applies" : "the defaults apply";
    return {
      ...last ?? { config: DEFAULT_CONFIG, configDigest: "" },
      ...{ configProblem: `${what}; until then ${used}`, configError: error },
    };
  }
}

async function lastConfig({ paths, configPath, env }: Place): Promise<ProfileConfig | null> {
  const saved = await readSaved(paths);
  if (saved?.path !== configPath) return null;
  const last = await parseConfig(configPath, saved.text, env)
    // A variable of this process can be what is wrong.
    .catch(() => parseConfig(configPath, saved.text, () => undefined))
    .catch(() => null);
  return last && { config: last.config, configDigest: last.digest, configText: last.text };
}

async function readSaved({ lastConfig }: Paths): Promise<z.infer<typeof savedSchema> | null> {
  const text = await readTextIfPresent(lastConfig).catch(() => null);
  return text === null ? null : parseAs(savedSchema, text) ?? null;
}
