import { join } from "@std/path";
import { isSecretName } from "../mask/recognize.ts";
import type { Environment } from "../os/env.ts";
import { read } from "../os/read.ts";
import type { RunnerConfig } from "../schema/config.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import type { Profile } from "./profile.ts";

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

/** No real setting is larger. */
const MAX_BYTES = 1 << 20;

const NAME = "[A-Za-z_]\\w*";

/**
 * Returns the names of the variables that the settings of a known program name as the place of a credential or of its way to
 * the provider: `env_key` of codex, `{env:NAME}` of opencode, `apiKey` and `headers` of pi, and what the key helpers of claude and
 * pi mention. Settings that cannot be read name none.
 */
export function namedInSettings(program: string, environment: Environment): string[] {
  const home = environment.HOME || "/";
  const config = environment.XDG_CONFIG_HOME || join(home, ".config");
  switch (program) {
    case "claude": {
      const dir = environment.CLAUDE_CONFIG_DIR || join(home, ".claude");
      return inClaude(textOf(join(dir, "settings.json")));
    }
    case "codex":
      return inCodex(textOf(join(environment.CODEX_HOME || join(home, ".codex"), "config.toml")));
    case "opencode": {
      const dirs = [join(config, "opencode"), environment.OPENCODE_CONFIG_DIR ?? ""];
      const files = dirs.filter(Boolean).flatMap((dir) =>
        ["config.json", "opencode.json", "opencode.jsonc"].map((name) => join(dir, name))
      );
      const texts = [...files, environment.OPENCODE_CONFIG ?? ""].filter(Boolean).map(textOf);
      return [...texts, environment.OPENCODE_CONFIG_CONTENT ?? ""]
        .flatMap((text) => matches(text, `\\{env:(${NAME})\\}`));
    }
    case "pi": {
      const dir = environment.PI_CODING_AGENT_DIR || join(home, ".pi/agent");
      return inPi(textOf(join(dir, "models.json")));
    }
    default:
      return [];
  }
}

/** The variables that a shell command mentions as `$NAME` or `${NAME…}`. */
export function mentionedIn(command: string): string[] {
  return matches(command, `\\$\\{?[#!]?(${NAME})`);
}

function matches(text: string, pattern: string): string[] {
  return [...text.matchAll(new RegExp(pattern, "gm"))].map(([, name]) => name);
}

function inClaude(text: string): string[] {
  const settings = parsed(text);
  const helpers = [
    ...["apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "gcpAuthRefresh"],
    "proxyAuthHelper",
  ];
  return helpers.flatMap((key) => {
    const command = isJsonObject(settings) ? settings[key] : null;
    return typeof command === "string" ? mentionedIn(command) : [];
  });
}

/** TOML, of which only the lines that matter are read: a table or an inline table of headers, and keys. */
function inCodex(text: string): string[] {
  const string = `["'](${NAME})["']`;
  const key = `(?:^|[{,])[ \\t]*(?:env_key|"env_key")[ \\t]*=[ \\t]*${string}`;
  const inline = [...text.matchAll(/env_http_headers[ \t]*=[ \t]*\{([^}]*)\}/g)];
  const tables = [...text.matchAll(/^\[[^\]\n]*\.env_http_headers\][^\n]*\n([^[]*)/gm)];
  return [
    ...matches(text, key),
    ...[...inline, ...tables].flatMap(([, pairs]) => matches(pairs, `=[ \\t]*${string}`)),
  ];
}

/** A value of pi is the name of a variable, a command after `!`, or the credential itself. */
function inPi(text: string): string[] {
  const named = (value: Json | undefined): string[] => {
    if (isJsonObject(value)) return Object.values(value).flatMap(named);
    if (typeof value !== "string") return [];
    if (value.startsWith("!") || value.includes("$")) return mentionedIn(value);
    return new RegExp(`^${NAME}$`).test(value) ? [value] : [];
  };
  const models = parsed(text);
  const providers = isJsonObject(models) ? models.providers : null;
  if (!isJsonObject(providers)) return [];
  return Object.values(providers).flatMap((provider) =>
    isJsonObject(provider) ? [...named(provider.apiKey), ...named(provider.headers)] : []
  );
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the program itself reports it
  }
}

function textOf(path: string): string {
  try {
    return new TextDecoder().decode(read(path, { maxBytes: MAX_BYTES }) ?? new Uint8Array());
  } catch {
    return ""; // no settings that can be read
  }
}
