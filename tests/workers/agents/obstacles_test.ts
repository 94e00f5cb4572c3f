import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import type { Environment } from "../../../src/os/env.ts";
import {
  findClaudeObstacle,
  findCodexObstacle,
  findPiObstacle,
  prepareClaude,
  prepareCodex,
} from "../../../src/workers/agents/obstacles.ts";

/** Files of a home, by their path: a text, or what is written as JSON. */
type Files = Record<string, unknown>;

/** Runs a check in a home with these files and no others. */
async function inHome<T>(files: Files, check: (HOME: string) => Promise<T>): Promise<T> {
  const HOME = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      await Deno.mkdir(dirname(join(HOME, path)), { recursive: true });
      await Deno.writeTextFile(join(HOME, path), text);
    }
    return await check(HOME);
  } finally {
    await Deno.remove(HOME, { recursive: true });
  }
}

const claude = (files: Files, env: Environment = {}) =>
  inHome(files, (HOME) => findClaudeObstacle("/srv/data", { HOME, ...env }));

const ANTHROPIC_API_KEY = "sk-ant-0123456789012345678901234567890";
const END = ANTHROPIC_API_KEY.slice(-20);

Deno.test("findClaudeObstacle says what Claude Code would ask first, and whether it can decide meanwhile", async () => {
  const notSetUp = { why: "Claude Code is not set up", decides: true };
  assertEquals(await claude({}), notSetUp);
  assertEquals(await claude({ ".claude.json": "{" }), notSetUp);
  assertEquals(await claude({ ".claude.json": { projects: {} } }), notSetUp);
  assertEquals(await claude({}, { ANTHROPIC_API_KEY }), { ...notSetUp, decides: false });

  const done = { hasCompletedOnboarding: true, more: 1 };

  const trust = { why: "Claude Code asks whether you trust /srv/data", decides: false };
  const loggedIn = { ...done, oauthAccount: { emailAddress: "me@example.org" } };
  assertEquals(await claude({ ".claude.json": loggedIn }), trust);
  const trusted = { ...loggedIn, projects: { "/srv": { hasTrustDialogAccepted: true } } };
  assertEquals(await claude({ ".claude.json": trusted }), null);

  assertEquals(await claude({ ".claude.json": trusted }, { ANTHROPIC_API_KEY }), {
    why: "Claude Code asks whether to use ANTHROPIC_API_KEY",
    decides: false,
  });
  for (const answer of ["approved", "rejected"]) {
    const known = { ...trusted, customApiKeyResponses: { [answer]: [END] } };
    assertEquals(await claude({ ".claude.json": known }, { ANTHROPIC_API_KEY }), null, answer);
  }
});

Deno.test("findClaudeObstacle knows each way to log in of a Claude Code that is not set up", async () => {
  const decides = async (files: Files, env: Environment = {}) =>
    (await claude(files, env))?.decides;
  assertEquals(await decides({}), true);
  for (
    const name of ["ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK"]
  ) {
    assertEquals(await decides({}, { [name]: "1" }), false, name);
    assertEquals(await decides({}, { [name]: "" }), true, name);
  }
  assertEquals(await decides({ ".claude/.credentials.json": "{}" }), false);
  assertEquals(await decides({ ".claude/settings.json": { apiKeyHelper: "key" } }), false);
  assertEquals(await decides({ ".claude/settings.json": { model: "x" } }), true);
  const rejected = { customApiKeyResponses: { rejected: [END] } };
  assertEquals(await decides({ ".claude.json": rejected }, { ANTHROPIC_API_KEY }), true);
  // Elsewhere, by a variable.
  const trusted = {
    hasCompletedOnboarding: true,
    projects: { "/": { hasTrustDialogAccepted: true } },
  };
  await inHome({ "other/.claude.json": trusted }, async (HOME) => {
    const env = { HOME, CLAUDE_CONFIG_DIR: join(HOME, "other") };
    assertEquals(await findClaudeObstacle("/srv", env), null);
  });
});

Deno.test("findCodexObstacle and findPiObstacle say that nobody is logged in, where nothing could give them a model", async () => {
  const codex = (files: Files, env: Environment = {}) =>
    inHome(files, (HOME) => findCodexObstacle("/srv", { HOME, ...env }));
  assertEquals(await codex({}), { why: "Codex is not logged in", decides: true });
  assertEquals((await codex({ ".codex/config.toml": `model = "gpt-5"\n` }))?.decides, true);
  assertEquals(await codex({}, { CODEX_API_KEY: "k" }), {
    why: "Codex is not logged in",
    decides: false,
  });
  assertEquals(await codex({ ".codex/auth.json": "{}" }), null);
  assertEquals(await codex({ ".codex/config.toml": `model_provider = "mine"\n` }), null);
  assertEquals(await codex({ ".codex/config.toml": `cli_auth_credentials_store="keyring"` }), null);

  const pi = (files: Files, env: Environment = {}) =>
    inHome(files, (HOME) => findPiObstacle("/srv", { HOME, ...env }));
  const missing = { why: "pi is not logged in", decides: true };
  assertEquals(await pi({}), missing);
  assertEquals(await pi({ ".pi/agent/auth.json": " {} \n" }, { OPENAI_API_KEY: "" }), missing);
  assertEquals(await pi({ ".pi/agent/auth.json": { openai: { type: "api_key" } } }), null);
  assertEquals(await pi({ ".pi/agent/models.json": {} }), null);
  for (const name of ["OPENAI_API_KEY", "AWS_PROFILE", "COPILOT_GITHUB_TOKEN"]) {
    assertEquals(await pi({}, { [name]: "x" }), null, name);
  }
});

Deno.test("prepareClaude records what a job's author has decided, and nothing else", async () => {
  const prepared = async (files: Files, env: Environment) =>
    await inHome(files, async (HOME) => {
      const result = await prepareClaude("/srv/data", { HOME, ...env });
      return "refused" in result ? result.refused : JSON.parse(result.stdin);
    });
  assertEquals(await prepared({}, {}), "set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN");
  const trusts = { "/srv/data": { hasTrustDialogAccepted: true } };
  assertEquals(await prepared({}, { ANTHROPIC_API_KEY }), {
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: [END], rejected: [] },
    projects: trusts,
  });
  const before = { theme: "dark", projects: { "/a": { x: 1 } } };
  assertEquals(await prepared({ ".claude.json": before }, { CLAUDE_CODE_OAUTH_TOKEN: "t" }), {
    theme: "dark",
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: [], rejected: [] },
    projects: { "/a": { x: 1 }, ...trusts },
  });
  // A key that the user has rejected stays so, and is no login.
  const rejects = { hasCompletedOnboarding: true, customApiKeyResponses: { rejected: [END] } };
  assertEquals(
    await prepared({ ".claude.json": rejects }, { ANTHROPIC_API_KEY }),
    "set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN",
  );
  const damaged = await prepared({ ".claude.json": "{" }, { ANTHROPIC_API_KEY });
  assertEquals(/^correct or remove .*\.claude\.json, which is damaged$/.test(damaged), true);
});

Deno.test("prepareCodex passes the key on stdin alone", async () => {
  assertEquals(await prepareCodex("/srv", {}), { refused: "set OPENAI_API_KEY" });
  const prepared = await prepareCodex("/srv", { OPENAI_API_KEY: "sk-1" });
  assertEquals(prepared, {
    script: "exec codex login --with-api-key",
    argument: "",
    stdin: "sk-1\n",
  });
});
