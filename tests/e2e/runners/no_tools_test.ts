import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { presets } from "../../../src/decide/runners/runner.ts";
import { driveRunner } from "./drive_runner.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { type RunnerHome, runnerHome } from "./isolated_home.ts";
import { startModelServer } from "./model_server.ts";

/** What each program calls its tool for shell commands. */
const shellTool: Record<string, string> = {
  pi: "bash",
  claude: "Bash",
  codex: "exec_command",
  opencode: "bash",
};

Deno.test({
  name: "runners have no tools, whatever the user's own settings give them",
  async fn(t) {
    await installRunners();
    for (const [name, runner] of presets) {
      await t.step(name, async () => {
        await using server = startModelServer();
        await using home = await runnerHome(server, { binDirs: [runnersBin] });
        await addTools(home);
        const acted = join(home.dir, "acted");
        const command = `touch ${acted}`;
        server.replyOnce({ tool: shellTool[name], input: { command, cmd: command } });
        server.reply({ text: "done" });
        const { result: { text, error } } = await driveRunner(runner, home);
        assertEquals([text, error], ["done", null]);
        const offered = server.requests.map(({ body }) => JSON.parse(body).tools ?? []);
        assertEquals(offered, [[], []]);
        assertEquals(await exists(acted), false);
      });
    }
  },
});

Deno.test({
  name: "runners keep no session, and read prompts of 200 KiB",
  async fn(t) {
    await installRunners();
    for (const [name, runner] of presets) {
      await t.step(name, async () => {
        await using server = startModelServer();
        await using home = await runnerHome(server, { binDirs: [runnersBin] });
        const prompt = `${"x".repeat(100 * 1024)} mark-1`;
        const system = `${"y".repeat(100 * 1024)} mark-2`;
        const { result: { error } } = await driveRunner(runner, home, { prompt, system });
        assertEquals(error, null);
        assertEquals(server.requests.length, 1);
        const [request] = server.requests;
        assertEquals(request.prompt.endsWith(prompt), true);
        assertEquals(request.system.includes(system), true);
        // The run's own directory holds the prompt; no other file may.
        const grep = new Deno.Command("grep", {
          args: ["-rlE", "mark-[12]", "--exclude=prompt.md", "--exclude=system.md", home.dir],
        });
        assertEquals(new TextDecoder().decode((await grep.output()).stdout), "");
      });
    }
  },
});

/** Settings of someone who allows much: a server of tools, and permission for everything. */
async function addTools({ dir }: RunnerHome): Promise<void> {
  const server = join(dir, "tools.js");
  await Deno.writeTextFile(server, toolServer);
  await append(
    join(dir, ".codex/config.toml"),
    `\n[mcp_servers.my-tools]\ncommand = "node"\nargs = [${JSON.stringify(server)}]\n`,
  );
  const stdio = { type: "stdio", command: "node", args: [server] };
  await Deno.writeTextFile(
    join(dir, ".claude.json"),
    JSON.stringify({ mcpServers: { "my-tools": stdio } }),
  );
  const allow = { permissions: { allow: ["Bash", "Write"] } };
  const settings = join(dir, ".claude/settings.json");
  await Deno.mkdir(dirname(settings), { recursive: true });
  await Deno.writeTextFile(settings, JSON.stringify(allow));
  const file = join(dir, ".config/opencode/opencode.json");
  const config = JSON.parse(await Deno.readTextFile(file));
  config.mcp = { "my-tools": { type: "local", command: ["node", server], enabled: true } };
  config.permission = { "*": "ask", bash: "allow", edit: "allow" };
  config.tools = { bash: true };
  config.agent = { looop: { tools: { bash: true }, permission: { bash: "allow" } } };
  await Deno.writeTextFile(file, JSON.stringify(config));
}

/** Just enough of a server of the Model Context Protocol to offer one tool. */
const toolServer = `
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const result = method === "initialize"
    ? {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "my-tools", version: "1" },
    }
    : method === "tools/list"
    ? { tools: [{ name: "act", description: "acts", inputSchema: { type: "object", properties: {} } }] }
    : {};
  console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
});
`;

async function append(file: string, text: string): Promise<void> {
  await Deno.writeTextFile(file, text, { append: true });
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
