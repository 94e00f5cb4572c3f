import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { findClaudeObstacle } from "../../../src/workers/agents/claude.ts";

Deno.test("findClaudeObstacle says what Claude Code would ask first", async () => {
  const HOME = await Deno.makeTempDir();
  const find = async (known: unknown, env = {}) => {
    const text = typeof known === "string" ? known : JSON.stringify(known);
    await Deno.writeTextFile(join(HOME, ".claude.json"), text);
    return await findClaudeObstacle("/srv/data", { HOME, ...env });
  };
  try {
    const setUp = "Claude Code is not set up; run claude once and answer its questions";
    assertEquals(await findClaudeObstacle("/srv/data", { HOME }), setUp);
    assertEquals(await find("{"), setUp);
    assertEquals(await find({ projects: {} }), setUp);
    const done = { hasCompletedOnboarding: true, more: 1 };
    assertEquals(
      await find(done),
      "Claude Code asks whether you trust /srv/data; run claude there once and answer",
    );
    const trusted = { ...done, projects: { "/srv": { hasTrustDialogAccepted: true } } };
    assertEquals(await find(trusted), null);
    const ANTHROPIC_API_KEY = "sk-ant-0123456789012345678901234567890";
    assertEquals(
      await find(trusted, { ANTHROPIC_API_KEY }),
      "Claude Code asks whether to use ANTHROPIC_API_KEY; run claude once and answer",
    );
    const approved = [ANTHROPIC_API_KEY.slice(-20)];
    const known = { ...trusted, customApiKeyResponses: { approved } };
    assertEquals(await find(known, { ANTHROPIC_API_KEY }), null);
  } finally {
    await Deno.remove(HOME, { recursive: true });
  }
});
