import { join } from "@std/path";
import type { ModelServer } from "./model_server.ts";

/** A private home whose settings point claude, pi, codex and opencode at a model server. */
export interface RunnerHome extends AsyncDisposable {
  /** The directory; dispose the home to remove it. */
  dir: string;
  /** A whole environment: pass it with `clearEnv: true`, so that nothing of the user's gets in. */
  env: Record<string, string>;
  /** Points the programs at another server, such as `http://127.0.0.1:40123`; `env` is changed as well. */
  pointTo(url: string): Promise<void>;
}

/** Dollars per million tokens that pi's and opencode's model is priced at. */
export const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

/**
 * Makes a home in the temp directory. `binDirs` come first on its PATH, such as the one that
 * `install_runners.ts` gives. `priced: false` leaves out what pi's and opencode's model costs.
 */
export async function runnerHome(
  server: ModelServer,
  { binDirs = [], priced = true }: { binDirs?: string[]; priced?: boolean } = {},
): Promise<RunnerHome> {
  const dir = await Deno.makeTempDir({ prefix: "looop-home-" });
  const write = async (path: string, content: unknown) => {
    const file = join(dir, path);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeTextFile(
      file,
      typeof content === "string" ? content : JSON.stringify(content, null, 2),
    );
  };
  const tmp = join(dir, "tmp");
  await Deno.mkdir(tmp);
  await write(".pi/agent/settings.json", { defaultProvider: "loopback", defaultModel: "stub" });
  const env: Record<string, string> = {
    PATH: [...binDirs, Deno.env.get("PATH") ?? "/usr/bin:/bin"].join(":"),
    HOME: dir,
    TMPDIR: tmp,
    LANG: "C.UTF-8",
    XDG_CONFIG_HOME: join(dir, ".config"),
    XDG_DATA_HOME: join(dir, ".local/share"),
    XDG_STATE_HOME: join(dir, ".local/state"),
    XDG_CACHE_HOME: join(dir, ".cache"),
    NO_COLOR: "1",
    ANTHROPIC_API_KEY: "dummy",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    PI_OFFLINE: "1",
    LOOPBACK_API_KEY: "dummy",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_MODELS_PATH: join(dir, "models.json"),
  };
  await write("models.json", OPENCODE_MODELS);
  await write(".local/state/opencode/kv.json", { animations_enabled: false });
  const pointTo = async (url: string) => {
    env.ANTHROPIC_BASE_URL = url;
    await write(".pi/agent/models.json", piModels(url, priced));
    await write(".codex/config.toml", codexConfig(url));
    await write(".config/opencode/opencode.json", opencodeConfig(url, priced));
  };
  await pointTo(server.url);
  return {
    dir,
    env,
    pointTo,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** Of the providers that opencode knows, one with a key and the one that needs none: to read all takes it seconds. */
const OPENCODE_MODELS = {
  anthropic: provider("anthropic", "Anthropic", {
    env: ["ANTHROPIC_API_KEY"],
    npm: "@ai-sdk/anthropic",
    model: "claude-sonnet-4-6",
    cost: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
  }),
  opencode: provider("opencode", "OpenCode Zen", {
    env: ["OPENCODE_API_KEY"],
    npm: "@ai-sdk/openai-compatible",
    api: "https://opencode.ai/zen/v1",
    model: "big-pickle",
    cost: { input: 0, output: 0 },
  }),
};

/** A provider with one model, in the form of models.dev. */
function provider(
  id: string,
  name: string,
  { model, cost, ...how }: {
    env: string[];
    npm: string;
    api?: string;
    model: string;
    cost: Record<string, number>;
  },
): unknown {
  const abilities = { attachment: false, reasoning: false, temperature: true, tool_call: true };
  const limit = { context: 200_000, output: 8_000 };
  const known = { id: model, name: model, release_date: "2026-01-01", ...abilities, cost, limit };
  return { id, name, ...how, models: { [model]: known } };
}

function piModels(url: string, priced: boolean): unknown {
  const model = { id: "stub", contextWindow: 200_000, maxTokens: 8_000 };
  return {
    providers: {
      loopback: {
        baseUrl: `${url}/v1`,
        api: "openai-completions",
        apiKey: "dummy",
        models: [priced ? { ...model, cost: price } : model],
      },
    },
  };
}

function codexConfig(url: string): string {
  return `model = "gpt-5"
model_provider = "loopback"

[model_providers.loopback]
name = "loopback"
base_url = "${url}/v1"
env_key = "LOOPBACK_API_KEY"
wire_api = "responses"
`;
}

function opencodeConfig(url: string, priced: boolean): unknown {
  const model = { name: "stub", limit: { context: 200_000, output: 8_000 } };
  const cost = { input: price.input, output: price.output, cache_read: price.cacheRead };
  return {
    $schema: "https://opencode.ai/config.json",
    autoupdate: false,
    model: "loopback/stub",
    provider: {
      loopback: {
        npm: "@ai-sdk/openai-compatible",
        options: { baseURL: `${url}/v1`, apiKey: "dummy" },
        models: { stub: priced ? { ...model, cost } : model },
      },
    },
  };
}
