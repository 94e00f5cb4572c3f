import { isSecretName } from "../mask/secret_names.ts";
import type { Environment } from "../os/env.ts";
import type { RunnerConfig } from "../schema/config.ts";
import type { Profile } from "./profile.ts";

const USUAL = /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|LOOOP_.*)$/;

/**
 * The environment of a program that looop starts: `PATH`, `HOME`, user name, temporary directory, locale, `LOOOP_*`,
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

/** What any program needs that talks to a server from behind a proxy, and keeps its own files. */
const ANY =
  /^((HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|XDG_.*)$/;

const CLOUDS = /^(AWS|GOOGLE|GCLOUD|GCP|CLOUDSDK|VERTEX|AZURE|CLOUD_ML|CLOUDFLARE)_/;

/**
 * Where the known programs look for their settings and for the credentials of those who run their models. A token of
 * GitHub or GitLab, which opens models too, is not among them: it opens much else to a worker.
 */
const PRESETS: Record<string, RegExp[]> = {
  claude: [
    /^(ANTHROPIC|CLAUDE)_/,
    /^(DISABLE_[A-Z_]+|API_TIMEOUT_MS|MAX_THINKING_TOKENS)$/,
    CLOUDS,
  ],
  // A provider of the person's own has its key in a variable that its config names.
  codex: [/^(OPENAI|CODEX|AZURE|AWS)_/, /_API_KEY$/],
  pi: [
    /^(PI|OPENAI|ANTHROPIC|HF)_/,
    /_(API_KEY|BASE_URL)$/,
    /^COPILOT_GITHUB_TOKEN$/,
    CLOUDS,
  ],
  opencode: [
    /^(OPENCODE|OPENAI|ANTHROPIC|HF)_/,
    /_(API_KEY|APIKEY|API_TOKEN|BASE_URL)$/,
    /^(AICORE|CLARIFAI|DATABRICKS|FRIENDLI|NEON_AI_GATEWAY|SNOWFLAKE|WATSONX_AI)_/,
    CLOUDS,
  ],
};

/** The names, and patterns of names, of the variables that a runner is given for its own sake. */
function ownNames(
  profile: Profile,
  name: string,
  command: string | undefined,
): (string | RegExp)[] {
  const own = configOf(profile, name);
  const kinds = [name, own.output ?? "text"].filter((kind) => Object.hasOwn(PRESETS, kind));
  return [
    ...kinds.flatMap((kind) => PRESETS[kind]),
    ...own.env ?? [],
    ...command === undefined ? [] : mentionedIn(command),
  ];
}

/**
 * The environment of a decision's runner: the usual of every program, proxies and certificates, what a known
 * program reads, what `runners.NAME.env` names, and what a command of the person's own mentions.
 */
export function runnerEnv(profile: Profile, name: string): Environment {
  return childEnv(profile, [ANY, ...ownNames(profile, name, configOf(profile, name).tick)]);
}

function configOf({ config }: Profile, name: string): RunnerConfig {
  return Object.hasOwn(config.runners, name) ? config.runners[name] : {};
}

/**
 * Takes out of a worker's environment what looks secret by name, but for what its runner is given for its own
 * sake: a worker needs an environment like a person's, but not every credential.
 *
 * @param command the shell command of its session
 */
export function withoutSecrets(
  profile: Profile,
  environment: Environment,
  { name, command }: { name: string; command: string },
): Environment {
  const own = ownNames(profile, name, command);
  const isOwn = (variable: string) =>
    own.some((pattern) =>
      typeof pattern === "string" ? pattern === variable : pattern.test(variable)
    );
  const kept = Object.entries(environment)
    .filter(([variable]) => !isSecretName(variable) || isOwn(variable));
  return Object.fromEntries(kept);
}
