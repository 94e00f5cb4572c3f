import { assertEquals } from "@std/assert";
import { settledInSession } from "../../../src/workers/agents/permission_hook.ts";

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

Deno.test("settledInSession tells once the very call that was asked about has a result", () => {
  const settled = (...lines: string[]) => settledInSession(asked, lines.join("\n"), since);
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
