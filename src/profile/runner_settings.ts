import { join } from "@std/path";
import type { Environment } from "../os/env.ts";
import { read } from "../os/read.ts";
import { isJsonObject, type Json } from "../schema/json.ts";

/** Larger settings are nobody's. */
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
