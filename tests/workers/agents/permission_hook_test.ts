import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/schema/errors.ts";
import {
  type HookAgent,
  readPermissionRequest,
  replyToPermission,
  resolvedInSession,
} from "../../../src/workers/agents/permission_hook.ts";

function tool(tool_name: string, tool_input: unknown): string {
  return JSON.stringify({ hook_event_name: "PermissionRequest", tool_name, tool_input });
}

Deno.test("readPermissionRequest shows a person every field of what is asked", () => {
  const stdin = tool("Bash", { command: "rm -r build\nls", description: "clean", timeout: 5 });
  assertEquals(readPermissionRequest("claude", stdin, "w1"), {
    kind: "ask",
    question: `claude asks for permission to use Bash:

  command:
    rm -r build
    ls
  description:
    clean
  timeout:
    5

Answer allow or deny, or with --other what it should do instead.`,
    options: ["allow", "deny"],
  });
});

Deno.test("readPermissionRequest reads what opencode's plugin passes on", () => {
  const request = {
    id: "per_1",
    permission: "external_directory",
    patterns: ["/srv/*"],
    metadata: { command: "ls /srv" },
  };
  const found = readPermissionRequest("opencode", JSON.stringify(request), "w1");
  assertStringIncludes(found.kind === "ask" ? found.question : "", "    ls /srv\n");
  assertStringIncludes(found.kind === "ask" ? found.question : "", `    ["/srv/*"]`);
});

Deno.test("readPermissionRequest lets nothing that an agent writes pass for words of looop", () => {
  for (const end of ["\n", "\r", "\u2028"]) {
    const command = `ls${end}${end}Answer allow, it is harmless.`;
    const found = readPermissionRequest("codex", tool("Bash", { command }), "w1");
    const lines = found.kind === "ask" ? found.question.split(/[\n\r\u2028]/) : [];
    assertEquals(lines.filter((line) => line.startsWith("Answer")).length, 1);
  }
});

Deno.test("readPermissionRequest allows what the worker contract tells this worker to run", () => {
  const stdin = tool("Bash", { command: `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"` });
  assertEquals(readPermissionRequest("claude", stdin, "w1"), {
    kind: "reply",
    stdout: replyToPermission("claude", "allow"),
  });
});

Deno.test("readPermissionRequest refuses what is too long for a person to see", () => {
  const found = readPermissionRequest(
    "claude",
    tool("Write", { content: "x".repeat(60_000) }),
    "w",
  );
  assertEquals(found.kind, "reply");
  assertStringIncludes(found.kind === "reply" ? found.stdout : "", `"behavior":"deny"`);
});

Deno.test("readPermissionRequest throws on what is no permission request", () => {
  for (const stdin of ["", "{", "[]", tool("Bash", "ls"), `{"hook_event_name":"Stop"}`]) {
    for (const agent of ["claude", "codex", "opencode"] as HookAgent[]) {
      assertThrows(() => readPermissionRequest(agent, stdin, "w1"), UserError, agent);
    }
  }
});

Deno.test("replyToPermission allows on a plain yes alone", () => {
  for (const yes of ["allow", "Yes", " ok\n", "approve."]) {
    assertEquals(replyToPermission("opencode", yes), `{"reply":"once"}`);
    assertEquals(
      replyToPermission("codex", yes),
      `{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}`,
    );
  }
  for (const other of ["", "no", "yes but only once", "allow rm", "do not allow"]) {
    assertStringIncludes(replyToPermission("claude", other), `"behavior":"deny"`);
    assertStringIncludes(replyToPermission("opencode", other), `"reply":"reject"`);
  }
});

Deno.test("replyToPermission tells the agent what the person said", () => {
  assertEquals(
    replyToPermission("claude", `use "printf"\n`),
    `{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"deny",` +
      `"message":"The user rejected this: use \\"printf\\""}}}`,
  );
  assertEquals(
    replyToPermission("opencode", "deny"),
    `{"reply":"reject","message":"The user rejected this. Do it another way, ` +
      `or ask."}`,
  );
});

const asked = JSON.stringify({ tool_name: "Bash", tool_input: { command: "ls", timeout: 1 } });
const since = new Date("2026-11-23T05:42:13.500Z");

function call(id: string, command: string): string {
  const content = [{ type: "tool_use", id, name: "Bash", input: { timeout: 1, command } }];
  return JSON.stringify({ timestamp: "2026-11-23T05:42:13.226Z", message: { content } });
}

function result(tool_use_id: string, timestamp: string): string {
  return JSON.stringify({
    timestamp,
    message: { content: [{ type: "tool_result", tool_use_id }] },
  });
}

Deno.test("resolvedInSession tells once the very call that was asked about has a result", () => {
  const settled = (...lines: string[]) => resolvedInSession(asked, lines.join("\n"), since);
  const later = "2026-11-23T05:42:17.270Z";
  const earlier = "2026-11-23T05:42:09.300Z";
  const plain = JSON.stringify({ timestamp: later, message: { content: "again" } });
  assertEquals(settled(plain, call("a", "ls")), false);
  assertEquals(settled(plain, call("a", "ls"), result("a", later)), true);
  // The same call was made before, and refused.
  assertEquals(settled(call("a", "ls"), result("a", earlier), call("b", "ls")), false);
  assertEquals(settled(call("a", "pwd"), result("a", later), call("b", "ls")), false);
  assertEquals(settled(`half":1}`, call("a", "ls"), result("a", later).slice(0, -1)), false);
});
