import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { namedInSettings, runnerEnv, withoutSecrets } from "../../src/profile/child_env.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** Settings of a program, where they are, and which variables they name. */
const ROWS: [program: string, path: string, text: string, env: Record<string, string>, string[]][] =
  [
    [
      "codex",
      ".codex/config.toml",
      'model_provider = "x"\n[model_providers.x]\nenv_key = "A_TOKEN"\n',
      {},
      ["A_TOKEN"],
    ],
    ["codex", ".codex/config.toml", "env_key='A_TOKEN' # mine\n# env_key = 'B'\n", {}, ["A_TOKEN"]],
    ["codex", "other/config.toml", 'model_providers.x = { env_key = "A_TOKEN" }', {
      CODEX_HOME: "HOME/other",
    }, ["A_TOKEN"]],
    [
      "codex",
      ".codex/config.toml",
      '[x]\nenv_http_headers = { "X-A" = "A_TOKEN", b = "B_TOKEN" }',
      {},
      ["A_TOKEN", "B_TOKEN"],
    ],
    [
      "codex",
      ".codex/config.toml",
      '[p.x.env_http_headers]\n"X-A" = "A_TOKEN"\n[y]\nz = "B_TOKEN"',
      {},
      ["A_TOKEN"],
    ],
    [
      "opencode",
      ".config/opencode/opencode.json",
      '{"provider": {"x": {"options": {"apiKey": "{env:A_TOKEN}"}}}}',
      {},
      ["A_TOKEN"],
    ],
    ["opencode", "xdg/opencode/opencode.jsonc", '// mine\n{"k": "Bearer {env:A_TOKEN}",}', {
      XDG_CONFIG_HOME: "HOME/xdg",
    }, ["A_TOKEN"]],
    ["opencode", "own.json", '{"k": "{env:A_TOKEN}"}', { OPENCODE_CONFIG: "HOME/own.json" }, [
      "A_TOKEN",
    ]],
    ["opencode", "x", "", { OPENCODE_CONFIG_CONTENT: '{"k": "{env:A_TOKEN}"}' }, ["A_TOKEN"]],
    [
      "pi",
      ".pi/agent/models.json",
      '{"providers": {"x": {"apiKey": "A_TOKEN", "headers": {"X": "B_TOKEN"}}}}',
      {},
      ["A_TOKEN", "B_TOKEN"],
    ],
    [
      "pi",
      "p/models.json",
      '{"providers": {"x": {"apiKey": "!cat ${A_TOKEN}"}, "y": {"apiKey": "sk-1"}}}',
      { PI_CODING_AGENT_DIR: "HOME/p" },
      ["A_TOKEN"],
    ],
    [
      "claude",
      ".claude/settings.json",
      '{"apiKeyHelper": "get-key \\"$A_TOKEN\\"", "env": {"B": "$C"}}',
      {},
      ["A_TOKEN"],
    ],
    ["claude", ".claude/settings.json", "{ broken", {}, []],
    ["codex", ".codex/config.toml", "\xff\x00 env_key", {}, []],
    ["mine", ".codex/config.toml", 'env_key = "A_TOKEN"', {}, []],
  ];

for (const [program, path, text, given, names] of ROWS) {
  Deno.test(`namedInSettings finds ${names.join(", ") || "nothing"} in the ${path} of ${program}: ${text.slice(0, 40)}`, async () => {
    await using profile = await tempProfile();
    const HOME = join(profile.root, "home");
    const file = join(HOME, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text);
    const env = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace("HOME", HOME)]),
    );
    assertEquals(namedInSettings(program, { HOME, ...env }), names);
  });
}

Deno.test("a runner and a worker get the variables that the settings name, but none of a calling session", async () => {
  const env = { GATEWAY_TOKEN: "t", CODEX_THREAD_ID: "x", OTHER_TOKEN: "o" };
  await using profile = await tempProfile({ env });
  const file = join(profile.root, "home/.codex/config.toml");
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, 'env_key = "GATEWAY_TOKEN"\n[x]\nenv_key = "CODEX_THREAD_ID"\n');
  const given = (environment: Record<string, string>) =>
    Object.keys(env).filter((name) => name in environment);
  assertEquals(given(runnerEnv(profile, "codex")), ["GATEWAY_TOKEN"]);
  assertEquals(given(runnerEnv(profile, "claude")), []);
  const worker = withoutSecrets(profile, profile.environment, { name: "codex", command: "codex" });
  assertEquals("GATEWAY_TOKEN" in worker && !("OTHER_TOKEN" in worker), true);
});
