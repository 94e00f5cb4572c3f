import { isSecretName } from "../mask/names.ts";
import type { Environment } from "../os/env.ts";
import type { RunnerConfig } from "../schema/config.ts";
import type { Profile } from "./profile.ts";
import { mentionedIn, namedInSettings } from "./runner_settings.ts";

const USUAL = /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LANGUAGE|LC_.*|LOOOP_.*)$/;
/** The way to the network, and where git and gh find their settings. */
const NETWORK = new RegExp(
  `^(${
    [
      "(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA",
      "(CURL|REQUESTS|AWS)_CA_BUNDLE|GIT_SSL_CA(INFO|PATH)|NODE_TLS_REJECT_UNAUTHORIZED|DENO_CERT|DENO_TLS_CA_STORE|XDG_CONFIG_HOME|GH_HOST|GH_CONFIG_DIR",
    ].join("|")
  })$`,
);

/**
 * Variables that an agent session sets for its own children, and those that point git to one repository. A program that
 * looop starts would take itself for a part of that session: claude, for one, keeps no transcript then.
 */
const OF_SESSION = new RegExp(
  `^(${
    [
      "CLAUDECODE|CLAUDE_CODE_(CHILD_SESSION|ENTRYPOINT|EXECPATH|PARENT_\\w+|RESUME_FROM_SESSION|SSE_PORT)",
      "CLAUDE_CODE_(SESSION_(ID|KIND|NAME|LOG)|TMUX_SESSION|REMOTE_SESSION_ID)",
      "CLAUDE_(SESSION_ID|PROJECT_DIR|PLUGIN_ROOT|ENV_FILE|EFFORT|AGENT_\\w+|BRIDGE_\\w+|BG_\\w+)",
      "CODEX_(SANDBOX|THREAD_ID|SESSION_ID|CI|INTERNAL|MANAGED_BY)\\w*",
      "OPENCODE|OPENCODE_(PID|RUN_ID|PROCESS_ROLE|SESSION_ID|CALLER)",
      "PI_(CODING_AGENT|SESSION_ID|SESSION_FILE|SUBAGENT\\w*)",
      "AGENT|AI_AGENT|GEMINI_CLI|CURSOR_(AGENT|TRACE_ID)",
      // Certificate authorities are those of the machine.
      "GIT_(?!SSL_CA(INFO|PATH)$)\\w+|LOOOP_(SESSION_ID|GENERATION|WORKTREE|INBOX|USD_LIMIT)",
    ].join("|")
  })$`,
);

/** Reports whether a variable belongs to the agent session or the git command from which looop was called. */
export function isOfSession(name: string): boolean {
  return OF_SESSION.test(name);
}

/**
 * Returns the environment of a program that looop starts: `PATH`, `HOME`, user name, temporary directory, locale,
 * `LOOOP_*`, proxies and certificate authorities, where git and gh find their settings, and the named variables. Nothing else, so that a credential reaches only programs that ask for it.
 *
 * @param named names of variables, and patterns of names
 */
export function childEnv(
  { environment, paths, configPath }: Profile,
  named: Iterable<string | RegExp> = [],
): Environment {
  const isNamed = matcherOf([...named]);
  const env: Environment = { PATH: "/usr/local/bin:/usr/bin:/bin" };
  for (const [name, value] of Object.entries(environment)) {
    const usual = NETWORK.test(name) ||
      USUAL.test(name) && !isSecretName(name) && !isOfSession(name);
    if (usual || isNamed(name)) env[name] = value;
  }
  return { ...env, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath };
}

function matcherOf(patterns: (string | RegExp)[]): (name: string) => boolean {
  return (name) =>
    patterns.some((pattern) =>
      typeof pattern === "string" ? pattern === name : pattern.test(name) && !isOfSession(name)
    );
}

/** Variables of a program with files of its own. */
const ANY = /^XDG_/;

const CLOUDS = /^(AWS|GOOGLE|GCLOUD|GCP|CLOUDSDK|VERTEX|AZURE|CLOUD_ML|CLOUDFLARE)_/;

/**
 * Variables in which known programs find their settings and credentials of model providers. Tokens of GitHub and GitLab,
 * which give access to models too, are left out: they would give a worker access to much more.
 */
const PRESETS: Record<string, RegExp[]> = {
  claude: [
    /^(ANTHROPIC|CLAUDE)_/,
    /^(DISABLE_[A-Z_]+|API_TIMEOUT_MS|MAX_THINKING_TOKENS)$/,
    CLOUDS,
  ],
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

/** Names and patterns of the variables that a runner itself needs. */
function ownNames(
  profile: Profile,
  name: string,
  command: string | undefined,
): (string | RegExp)[] {
  const own = configOf(profile, name);
  const kinds = [name, own.output ?? "text"].filter((kind) => Object.hasOwn(PRESETS, kind));
  return [
    ...kinds.flatMap((kind) => PRESETS[kind]),
    ...kinds.flatMap((kind) => namedInSettings(kind, profile.environment))
      .filter((name) => !isOfSession(name)),
    ...own.env ?? [],
    ...command === undefined ? [] : mentionedIn(command),
  ];
}

/**
 * Returns the environment of a decision's runner: that of every program, proxies and certificates, what a known program
 * reads, what `runners.NAME.env` lists, and what a custom command mentions.
 */
export function runnerEnv(profile: Profile, name: string): Environment {
  return childEnv(profile, [ANY, ...ownNames(profile, name, configOf(profile, name).tick)]);
}

function configOf({ config }: Profile, name: string): RunnerConfig {
  return Object.hasOwn(config.runners, name) ? config.runners[name] : {};
}

/**
 * Removes variables with secret-looking names from a worker's environment, except those that its runner itself needs: a
 * worker needs a user's environment, but not every credential.
 *
 * @param command the shell command of its session
 */
export function withoutSecrets(
  profile: Profile,
  environment: Environment,
  { name, command }: { name: string; command: string },
): Environment {
  const isOwn = matcherOf(ownNames(profile, name, command));
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !isSecretName(name) || isOwn(name)),
  );
}
