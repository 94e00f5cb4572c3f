import * as z from "zod/mini";
import type { Env } from "../os/env.ts";
import { readTextIfPresent } from "../os/read.ts";
import { isPresent } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { type Config, configSchema, type PolicyRule } from "../schema/config.ts";
import { ConfigError, messageOf } from "../schema/errors.ts";
import { isJsonObject, sha256Hex, withoutBom } from "../schema/json.ts";
import { describeIssues, parseAs } from "../schema/schema.ts";
import type { Paths } from "./paths.ts";
import type { Profile } from "./profile.ts";

/** A config with the SHA-256 of its file (of an empty text, if there is none). */
export interface LoadedConfig {
  config: Config;
  digest: string;
  /** The file's text; `null`: there is no file. */
  text: string | null;
}

/** The config without a config file. */
export const DEFAULT_CONFIG: Config = configSchema.parse({});

/** Environment variables that override the config file; seconds. */
const FROM_ENV = {
  LOOOP_INTERVAL: "interval",
  LOOOP_BUSY_INTERVAL: "busy_interval",
  LOOOP_ACTIVE_INTERVAL: "active_interval",
};

/**
 * Reads the config file; without one the defaults apply. `LOOOP_INTERVAL`, `LOOOP_BUSY_INTERVAL` and
 * `LOOOP_ACTIVE_INTERVAL` override it.
 *
 * @throws {ConfigError} with the file, the key, what was found and what is allowed.
 */
export async function readConfig(path: string, env: Env): Promise<LoadedConfig> {
  const text = await readTextIfPresent(path).catch((error) => {
    throw new ConfigError(`config: ${messageOf(error)}`, { cause: error });
  });
  return await parseConfig(path, text, env);
}

/**
 * Parses the text of a config file; `null`: there is none. The environment overrides it as in {@linkcode readConfig}.
 *
 * @throws {ConfigError} as that does.
 */
export async function parseConfig(
  path: string,
  text: string | null,
  env: Env,
): Promise<LoadedConfig> {
  const over = fromEnv(env);
  const digest = await sha256Hex(`${text ?? ""}\n${JSON.stringify(over)}`);
  if (text === null && Object.keys(over).length === 0) {
    return { config: DEFAULT_CONFIG, digest, text };
  }
  const data = text === null ? {} : await parse(path, text);
  const merged = isJsonObject(data) ? { ...data, ...over } : data;
  const parsed = configSchema.safeParse(merged);
  const problems = parsed.success ? await checkPolicy(parsed.data.policy) : [];
  if (parsed.success && problems.length === 0) return { config: parsed.data, digest, text };
  const described = parsed.success
    ? problems.map((problem) => `  ${problem}`).join("\n")
    : describeIssues(configSchema, merged);
  const names = Object.keys(FROM_ENV).filter((name) => env(name) !== undefined).join(", ");
  const named = names === "" ? "" : ` (with ${names} of the environment)`;
  throw new ConfigError(
    `cannot use config ${path}${named}:\n${described}\n` +
      `"looop help config" lists every key.`,
  );
}

async function parse(path: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(withoutBom(text));
  } catch (error) {
    // Windows writes it in PowerShell's > and in editors.
    const why = text.includes("\0")
      ? "it is in UTF-16; save it as UTF-8"
      : await reasonOf(error, text);
    const problem = `config ${path} is not valid JSON: ${why}`;
    throw new ConfigError(`${problem}\nFix it, or delete it to use the defaults.`, {
      cause: error,
    });
  }
}

/** The engine's message, which names no line for some errors. */
async function reasonOf(error: unknown, text: string): Promise<string> {
  const message = messageOf(error).replaceAll(/\s+/g, " ");
  if (/\bline \d+/.test(message)) return message;
  const { lineOfJsonError } = await import("./config_problems.ts");
  return `${message} (line ${lineOfJsonError(withoutBom(text))})`;
}

function fromEnv(env: Env): Record<string, number | string> {
  const over: Record<string, number | string> = {};
  for (const [name, key] of Object.entries(FROM_ENV)) {
    const value = env(name);
    if (value !== undefined) over[key] = Number.isNaN(Number(value)) ? value : Number(value);
  }
  return over;
}

/**
 * Checks the admission rules of a config as far as possible without a world: their names, their expressions, and that
 * these can be evaluated on every action.
 *
 * @returns the problems, one line each, with the rule
 */
export async function checkPolicy(rules: PolicyRule[]): Promise<string[]> {
  if (rules.length === 0) return [];
  const { RESERVED_NAMES } = await import("../schema/decision.ts");
  const problems: string[] = [];
  const names = new Set<string>();
  for (const { name, when } of rules) {
    const wrong = RESERVED_NAMES.includes(name)
      ? "that is the name of a built-in rule; take another"
      : names.has(name)
      ? "an earlier rule has the same name; take another"
      : await wrongExpression(when);
    if (wrong !== null) problems.push(`policy rule ${name}: ${wrong}`);
    names.add(name);
  }
  return problems;
}

async function wrongExpression(when: string): Promise<string | null> {
  const { compileExpression } = await import("../cel/compile.ts");
  const { POLICY_VARIABLES } = await import("../cel/variables.ts");
  const compiled = await compileExpression(when, POLICY_VARIABLES);
  return compiled.ok ? null : `when: ${compiled.error}: ${when.replaceAll(/\s+/g, " ")}`;
}

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
    const { describeConfigProblem } = await import("./config_problems.ts");
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
