import { assertEquals } from "@std/assert";
import { runnerEnv, withoutSecrets } from "../../src/profile/child_env.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** Of everything a little. */
const ALL = {
  ANTHROPIC_API_KEY: "1",
  ANTHROPIC_BASE_URL: "1",
  AWS_SECRET_ACCESS_KEY: "1",
  CLAUDE_CODE_OAUTH_TOKEN: "1",
  CLOUD_ML_REGION: "1",
  CODEX_HOME: "1",
  DB_PASSWORD: "1",
  EDITOR: "1",
  GH_TOKEN: "1",
  GITHUB_TOKEN: "1",
  GOOGLE_APPLICATION_CREDENTIALS: "1",
  HTTPS_PROXY: "1",
  MISTRAL_API_KEY: "1",
  NODE_EXTRA_CA_CERTS: "1",
  NODE_OPTIONS: "1",
  OPENAI_API_KEY: "1",
  OPENCODE_CONFIG: "1",
  PI_OFFLINE: "1",
  SSH_AUTH_SOCK: "1",
  SSL_CERT_FILE: "1",
  XDG_CONFIG_HOME: "1",
  no_proxy: "1",
};
const NETWORK = [
  "HTTPS_PROXY",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "XDG_CONFIG_HOME",
  "no_proxy",
];

/** Which of `ALL` a decision's runner is given, but for what it takes to reach any network. */
function given(profile: TempProfile, name: string): string[] {
  const env = runnerEnv(profile, name);
  assertEquals(NETWORK.filter((variable) => !(variable in env)), []);
  return Object.keys(ALL).filter((variable) => variable in env && !NETWORK.includes(variable));
}

Deno.test("runnerEnv gives each known program what it reads", async () => {
  await using profile = await tempProfile({ env: ALL });
  assertEquals(given(profile, "claude"), [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "AWS_SECRET_ACCESS_KEY",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLOUD_ML_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
  ]);
  assertEquals(given(profile, "codex"), [
    "ANTHROPIC_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "CODEX_HOME",
    "MISTRAL_API_KEY",
    "OPENAI_API_KEY",
  ]);
  const common = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "AWS_SECRET_ACCESS_KEY",
    "CLOUD_ML_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "MISTRAL_API_KEY",
    "OPENAI_API_KEY",
  ];
  assertEquals(given(profile, "pi"), [...common, "PI_OFFLINE"]);
  assertEquals(given(profile, "opencode"), [...common, "OPENCODE_CONFIG"]);
});

Deno.test("runnerEnv gives a command of the person's own what it mentions, what env names, and what its form reads", async () => {
  await using profile = await tempProfile({
    env: ALL,
    config: {
      runners: {
        mine: { tick: 'llm --key "$MISTRAL_API_KEY" ${EDITOR}', env: ["GH_TOKEN"] },
        wrapped: { tick: "wrapper", output: "claude" },
        codex: { model: "m", env: ["DB_PASSWORD"] },
      },
    },
  });
  assertEquals(given(profile, "mine"), ["EDITOR", "GH_TOKEN", "MISTRAL_API_KEY"]);
  assertEquals(given(profile, "wrapped").includes("CLAUDE_CODE_OAUTH_TOKEN"), true);
  assertEquals(given(profile, "codex").includes("DB_PASSWORD"), true);
  assertEquals(given(profile, "unheard-of"), []);
});

Deno.test("withoutSecrets takes from a worker what its runner has no need of", async () => {
  await using profile = await tempProfile({
    env: ALL,
    config: { runners: { mine: { worker: "x", env: ["GH_TOKEN"] } } },
  });
  const taken = (name: string, command: string) => {
    const left = withoutSecrets(profile, ALL, { name, command });
    return Object.keys(ALL).filter((variable) => !(variable in left));
  };
  assertEquals(taken("claude", "claude"), [
    "DB_PASSWORD",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "MISTRAL_API_KEY",
    "OPENAI_API_KEY",
  ]);
  assertEquals(taken("mine", 'agent --db "$DB_PASSWORD"'), [
    "ANTHROPIC_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "GITHUB_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "MISTRAL_API_KEY",
    "OPENAI_API_KEY",
  ]);
});
