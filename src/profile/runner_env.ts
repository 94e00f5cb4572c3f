import type { Environment } from "../host/env.ts";
import type { RunnerConfig } from "../model/config.ts";
import { isSecretName } from "../model/is_secret_name.ts";
import { childEnv, mentionedIn } from "./child_env.ts";
import type { Profile } from "./profile.ts";

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
