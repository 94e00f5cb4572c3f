import { dirname, join } from "@std/path";
import * as z from "zod/mini";
import { type Environment, platform } from "../../os/env.ts";
import { readTextIfPresent } from "../../os/read.ts";
import { isPresent } from "../../os/stat.ts";
import { parseAs } from "../../schema/schema.ts";
import type { Obstacle, Preparation } from "./agent.ts";

const remembered = z.object({
  hasCompletedOnboarding: z._default(z.boolean(), false),
  oauthAccount: z.optional(z.unknown()),
  customApiKeyResponses: z.prefault(
    z.object({
      approved: z._default(z.array(z.string()), []),
      rejected: z._default(z.array(z.string()), []),
    }),
    {},
  ),
  projects: z._default(
    z.record(z.string(), z.object({ hasTrustDialogAccepted: z.optional(z.boolean()) })),
    {},
  ),
});

/** Variables with which Claude Code needs neither a key of its own nor a login. */
const OTHER_LOGIN =
  /^(ANTHROPIC_AUTH_TOKEN|CLAUDE_CODE_OAUTH_TOKEN|CLAUDE_CODE_USE_(BEDROCK|VERTEX|FOUNDRY|MANTLE))$/;

/**
 * Returns what Claude Code would ask before it starts. Only the user can answer, once; it records the answers in the user's
 * `.claude.json`, and no documented setting replaces them. An answer that the user has given is respected, whichever it is.
 */
export async function findClaudeObstacle(cwd: string, env: Environment): Promise<Obstacle | null> {
  const known = parseAs(remembered, await readTextIfPresent(claudeFile(env)) ?? "{}");
  const key = claudeKey(env);
  const isRejected = known?.customApiKeyResponses.rejected.includes(key) ?? false;
  const decides = !(key && !isRejected) && !await hasClaudeLogin(env) &&
    known?.oauthAccount === undefined;
  if (!known?.hasCompletedOnboarding) return { why: "Claude Code is not set up", decides };
  if (decides) return { why: "Claude Code is not logged in", decides };
  if (key && !isRejected && !known.customApiKeyResponses.approved.includes(key)) {
    return { why: "Claude Code asks whether to use ANTHROPIC_API_KEY", decides };
  }
  for (let dir = cwd; true; dir = dirname(dir)) {
    const project = Object.hasOwn(known.projects, dir) ? known.projects[dir] : undefined;
    if (project?.hasTrustDialogAccepted) return null;
    if (dir === dirname(dir)) break;
  }
  return { why: `Claude Code asks whether you trust ${cwd}`, decides };
}

function claudeFile(env: Environment): string {
  return join(env.CLAUDE_CONFIG_DIR || env.HOME || "/", ".claude.json");
}

/** The end of the key, which is what Claude Code records; empty if there is none. */
function claudeKey(env: Environment): string {
  return env.ANTHROPIC_API_KEY?.slice(-20) ?? "";
}

/** Reports whether something other than `ANTHROPIC_API_KEY` may log it in: a settings file can name a program for that. */
async function hasClaudeLogin(env: Environment): Promise<boolean> {
  if (Object.keys(env).some((name) => OTHER_LOGIN.test(name) && env[name])) return true;
  // Its keychain can only be read by itself.
  if (platform().startsWith("darwin")) return true;
  const dir = env.CLAUDE_CONFIG_DIR || join(env.HOME || "/", ".claude");
  if (isPresent(join(dir, ".credentials.json"))) return true;
  if (isPresent("/etc/claude-code/managed-settings.json")) return true;
  const settings = await readTextIfPresent(join(dir, "settings.json")) ?? "";
  return /"(apiKeyHelper|env)"/.test(settings);
}

/**
 * Prepares Claude Code for a job, whose author chose the key and the directory: records the answers that its dialogs would
 * record. A key that was rejected stays rejected.
 */
export async function prepareClaude(cwd: string, env: Environment): Promise<Preparation> {
  const obstacle = await findClaudeObstacle(cwd, env);
  if (obstacle?.decides) return { refused: "set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN" };
  const file = claudeFile(env);
  const text = await readTextIfPresent(file) ?? "{}";
  const known = parseAs(remembered, text);
  const whole = parseAs(z.record(z.string(), z.unknown()), text);
  if (!known || !whole) return { refused: `correct or remove ${file}, which is damaged` };
  const { approved, rejected } = known.customApiKeyResponses;
  const key = claudeKey(env);
  const isNew = key && !approved.includes(key) && !rejected.includes(key);
  const record = {
    ...whole,
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: isNew ? [...approved, key] : approved, rejected },
    projects: {
      ...known.projects,
      ...whole.projects ?? {},
      [cwd]: { ...known.projects[cwd], hasTrustDialogAccepted: true },
    },
  };
  const script = `umask 077; mkdir -p -- "\${1%/*}" && cat >"$1.looop" && mv -f -- "$1.looop" "$1"`;
  return { script, argument: file, stdin: `${JSON.stringify(record, null, 2)}\n` };
}

/** Returns whether Codex shows its sign-in screen. A config that names another provider or store is left to Codex. */
export async function findCodexObstacle(_cwd: string, env: Environment): Promise<Obstacle | null> {
  const dir = env.CODEX_HOME || join(env.HOME || "/", ".codex");
  if (isPresent(join(dir, "auth.json"))) return null;
  const config = await readTextIfPresent(join(dir, "config.toml")) ?? "";
  const isOther =
    /^\s*(model_provider|openai_base_url|oss_provider|profile|cli_auth_credentials_store)\s*=/m;
  if (isOther.test(config)) return null;
  // Only `codex exec` takes this key.
  return { why: "Codex is not logged in", decides: !env.CODEX_API_KEY };
}

/** Logs Codex in with the key of a job. */
export function prepareCodex(_cwd: string, env: Environment): Promise<Preparation> {
  const key = env.OPENAI_API_KEY || env.CODEX_API_KEY;
  return Promise.resolve(
    key
      ? { script: "exec codex login --with-api-key", argument: "", stdin: `${key}\n` }
      : { refused: "set OPENAI_API_KEY" },
  );
}

/** Variables that may give pi a model, as its documentation of providers lists them. */
const PI_CREDENTIALS =
  /(_API_KEY|_OAUTH_TOKEN|_GITHUB_TOKEN|^HF_TOKEN)$|^(AWS|GOOGLE|GCLOUD|GCP|CLOUDSDK|VERTEX|AZURE|CLOUDFLARE)_/;

/** Returns whether pi has no model to work with. */
export async function findPiObstacle(_cwd: string, env: Environment): Promise<Obstacle | null> {
  if (Object.keys(env).some((name) => PI_CREDENTIALS.test(name) && env[name])) return null;
  const dir = env.PI_CODING_AGENT_DIR || join(env.HOME || "/", ".pi", "agent");
  if (isPresent(join(dir, "models.json"))) return null;
  const logins = await readTextIfPresent(join(dir, "auth.json")) ?? "{}";
  return /^\s*\{\s*\}\s*$/.test(logins) ? { why: "pi is not logged in", decides: true } : null;
}

/** pi needs nothing but a key. */
export function preparePi(): Promise<Preparation> {
  return Promise.resolve({ refused: "set the API key of a provider, such as ANTHROPIC_API_KEY" });
}
