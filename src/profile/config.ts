import type { Env } from "../os/env.ts";
import { readTextIfPresent } from "../os/read.ts";
import { type Config, configSchema, type PolicyRule } from "../schema/config.ts";
import { RESERVED_NAMES } from "../schema/rule_names.ts";
import { ConfigError, messageOf } from "../schema/errors.ts";
import { isJsonObject, sha256Hex, withoutBom } from "../schema/json.ts";
import { describeIssues } from "../schema/schema.ts";
import { lineOfJsonError } from "./config_problems.ts";

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
  const data = text === null ? {} : parse(path, text);
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

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(withoutBom(text));
  } catch (error) {
    // Windows writes it in PowerShell's > and in editors.
    const why = text.includes("\0") ? "it is in UTF-16; save it as UTF-8" : reasonOf(error, text);
    const problem = `config ${path} is not valid JSON: ${why}`;
    throw new ConfigError(`${problem}\nFix it, or delete it to use the defaults.`, {
      cause: error,
    });
  }
}

/** The engine's message, which names no line for some errors. */
function reasonOf(error: unknown, text: string): string {
  const message = messageOf(error).replaceAll(/\s+/g, " ");
  return /\bline \d+/.test(message)
    ? message
    : `${message} (line ${lineOfJsonError(withoutBom(text))})`;
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
