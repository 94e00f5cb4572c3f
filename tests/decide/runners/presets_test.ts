import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { presets, type Runner, runnerNamed } from "../../../src/decide/runners/runner.ts";
import type { Json } from "../../../src/schema/json.ts";
import { now } from "./read_recorded.ts";

const input = { promptFile: "/run/prompt.md", systemFile: "/run/system.md" };

Deno.test("presets are in order of preference, and all take the system prompt as a file", () => {
  assertEquals([...presets.keys()], ["pi", "claude", "codex", "opencode"]);
  assertEquals(
    [...presets.values()].map((runner) => runner.takesSystemPrompt),
    Array(4).fill(true),
  );
});

for (const [name, runner] of presets) {
  Deno.test(`${name} names the system file, not the prompt file, and passes a model`, () => {
    const words = JSON.stringify(runner.start(input));
    assertEquals([words.includes(input.systemFile), words.includes(input.promptFile)], [
      true,
      false,
    ]);
    assertEquals(runner.start({ ...input, model: "m/1" }).argv.slice(-2), ["--model", "m/1"]);
    assertEquals(runner.start(input).argv.includes("--model"), false);
  });

  Deno.test(`${name} is never told to pass over permissions`, () => {
    const words = JSON.stringify(runner.start(input));
    assertEquals(/danger|bypass|yolo|full-auto|"--auto"|skip-permissions/.exec(words), null);
  });
}

/** What each preset starts with the file `/run/system.md`; each word guards the prompt's size, or what the model may do. */
const STARTS: Record<string, ReturnType<Runner["start"]>> = {
  pi: {
    argv: [
      ...["pi", "-p", "--mode", "json", "--no-session", "--no-tools", "--no-extensions"],
      ...["--no-skills", "--no-prompt-templates", "--no-themes", "--no-context-files"],
      ...["--system-prompt", "/run/system.md", "--append-system-prompt", ""],
    ],
    env: { OPENAI_LOG: "debug", ANTHROPIC_LOG: "debug" },
  },
  claude: {
    argv: [
      ...["claude", "-p", "--output-format", "stream-json", "--verbose", "--tools", ""],
      ...["--strict-mcp-config", "--disable-slash-commands", "--setting-sources", ""],
      ...["--no-session-persistence", "--system-prompt-file", "/run/system.md"],
    ],
    env: {
      CLAUDE_CODE_DISABLE_CLAUDE_MDS: "1",
      CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
      CLAUDE_CODE_MAX_RETRIES: "4",
    },
  },
  codex: {
    argv: [
      ...["bash", "-c", presets.get("codex")!.start(input).argv[2], "codex", "exec", "--json"],
      ...["--skip-git-repo-check", "--sandbox", "read-only", "--ephemeral"],
      ...[
        "features.shell_tool=false",
        "features.unified_exec=false",
        "features.view_image=false",
        "features.multi_agent=false",
        "features.goals=false",
        "features.skill_search=false",
        "features.plugins=false",
        "features.apps=false",
        "features.hooks=false",
        "features.memories=false",
        "features.image_generation=false",
        "features.browser_use=false",
        "features.computer_use=false",
        'web_search="disabled"',
        "tools.experimental_request_user_input.enabled=false",
        "include_environment_context=false",
        "include_permissions_instructions=false",
        "include_apps_instructions=false",
        "include_collaboration_mode_instructions=false",
        "skills.include_instructions=false",
        "skills.bundled.enabled=false",
        "project_doc_max_bytes=0",
        'model_instructions_file="/run/system.md"',
      ].flatMap((setting) => ["-c", setting]),
    ],
    env: {},
  },
  opencode: {
    argv: [
      ...["opencode", "run", "--format", "json", "--pure", "--agent", "looop"],
      ...["--title", "looop", "--print-logs", "--log-level", "ERROR"],
    ],
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify({
        share: "disabled",
        ...{ autoupdate: false, snapshot: false, lsp: false, formatter: false },
        permission: { "*": "deny" },
        agent: {
          looop: {
            ...{
              mode: "primary",
              description: "decides one move",
              prompt: "{file:/run/system.md}",
            },
            ...{ permission: { "*": "deny" }, tools: { "*": false } },
          },
          title: { disable: true },
        },
      }),
      OPENCODE_DB: ":memory:",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_CLAUDE_CODE: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      OPENCODE_DISABLE_PROJECT_CONFIG: "1",
    },
  },
};

for (const [name, start] of Object.entries(STARTS)) {
  Deno.test(`${name} starts without tools and instructions of its own`, () => {
    assertEquals(presets.get(name)!.start(input), start);
  });
}

/** Runs the preset codex with a stand-in that lists MCP servers, with this status, and prints its other arguments. */
async function runCodex(list: string, status: number): Promise<[status: number, words: string[]]> {
  const directory = await Deno.makeTempDir({ prefix: "looop_test_" });
  const standIn = `#!/bin/sh
if [ "$1" = mcp ]; then echo '${list}'; exit ${status}; fi
printf '%s\n' "$@"
`;
  await Deno.writeTextFile(join(directory, "codex"), standIn, { mode: 0o700 });
  const { argv } = presets.get("codex")!.start({ ...input, model: "m" });
  const { code, stdout } = await new Deno.Command(argv[0], {
    args: argv.slice(1),
    env: { PATH: `${directory}:${Deno.env.get("PATH")}` },
    stdin: "null",
  }).output().finally(() => Deno.remove(directory, { recursive: true }));
  return [code, new TextDecoder().decode(stdout).split("\n").slice(0, -1)];
}

Deno.test("codex disables each MCP server of the user by name", async () => {
  const list = JSON.stringify([{ name: "one", enabled: true }, { name: "my_2-nd" }], null, 2);
  const own = presets.get("codex")!.start({ ...input, model: "m" }).argv.slice(4);
  assertEquals(await runCodex(list, 0), [0, [
    ...own,
    ...["-c", "mcp_servers.one.enabled=false", "-c", "mcp_servers.my_2-nd.enabled=false", "-"],
  ]]);
});

Deno.test("codex is not called where its MCP servers cannot be listed", async () => {
  assertEquals(await runCodex("[]", 3), [3, []]);
});

Deno.test("runnerNamed gives a preset's name with a command the preset's reader", () => {
  const runner = runnerNamed("claude", { tick: "claude -p" });
  assertEquals([runner.name, runner.takesSystemPrompt], ["claude", false]);
  assertEquals(runner.start(input), { argv: ["bash", "-c", "claude -p"], env: {} });
  const reader = runner.read(now);
  reader.line('{"type":"result","subtype":"success","result":"hi"}');
  assertEquals(reader.end({ status: 0, stderrTail: "" }).text, "hi");
});

Deno.test("runnerNamed takes a command's stdout for text unless told otherwise", () => {
  const reader = runnerNamed("mine", { tick: "x" }).read(now);
  reader.line("hi");
  assertEquals(reader.end({ status: 0, stderrTail: "" }).text, "hi");
});

Deno.test("runnerNamed gives the preset itself where the config only names a model", () => {
  assertEquals(runnerNamed("pi", { model: "m" }), presets.get("pi"));
});

Deno.test("runnerNamed refuses an unknown name without a command", () => {
  assertThrows(() => runnerNamed("mine"), Error, "the runner mine has no command");
});

Deno.test("claude alone is told the dollars that it may cost", () => {
  const words = (name: string) => presets.get(name)!.start({ ...input, usdLimit: 0.25 }).argv;
  const at = words("claude").indexOf("--max-budget-usd");
  assertEquals(words("claude").slice(at, at + 2), ["--max-budget-usd", "0.25"]);
  assertEquals(presets.get("claude")!.start(input).argv.includes("--max-budget-usd"), false);
  for (const name of ["pi", "codex", "opencode"]) {
    assertEquals(words(name), presets.get(name)!.start(input).argv);
  }
});

Deno.test("customRunner puts the dollars into the command, an empty word where there is no limit", () => {
  const argv = (usdLimit?: number) =>
    runnerNamed("mine", { tick: "x --usd {{usd_limit}}" }).start({ ...input, usdLimit }).argv;
  assertEquals([argv(1.5)[2], argv(0.0000014)[2], argv()[2]], [
    "x --usd 1.5",
    "x --usd 0.000001",
    "x --usd ''",
  ]);
});

Deno.test("customRunner quotes the prompt file for the shell", async () => {
  const promptFile = "/tmp/it's $HOME `x` $&.md";
  const { argv } = runnerNamed("mine", { tick: "printf %s {{prompt_file}}" }).start({
    promptFile,
    systemFile: "",
  });
  const { stdout } = await new Deno.Command(argv[0], { args: argv.slice(1) }).output();
  assertEquals(new TextDecoder().decode(stdout), promptFile);
});

Deno.test("claude takes from the user's settings how to reach the provider, and nothing else", () => {
  const claude = presets.get("claude")!;
  const plain = claude.start(input);
  const hooks = { Stop: [{ hooks: [{ type: "command", command: "touch ran" }] }] };
  const { argv, env } = claude.start({
    ...input,
    settings: {
      env: {
        ANTHROPIC_BASE_URL: "http://gateway",
        CLAUDE_CODE_MAX_RETRIES: "99",
        CLAUDE_CODE_USE_BEDROCK: 1,
        GIT_DIR: "/x",
      },
      apiKeyHelper: "print-key",
      model: "gateway/opus",
      ...{ hooks, permissions: { allow: ["Bash"] }, awsAuthRefresh: 7 },
    },
  });
  const at = argv.indexOf("--settings");
  assertEquals(JSON.parse(argv[at + 1]), { apiKeyHelper: "print-key", model: "gateway/opus" });
  assertEquals(argv.toSpliced(at, 2), plain.argv);
  assertEquals(env, {
    ...{ ANTHROPIC_BASE_URL: "http://gateway", CLAUDE_CODE_USE_BEDROCK: "1" },
    ...plain.env,
  });
});

Deno.test("claude ignores settings of another form", () => {
  const claude = presets.get("claude")!;
  const odd: Json[] = [null, [], "x", {}, { env: null }, { env: { A: [1] } }, { model: 4 }];
  for (const settings of odd) {
    assertEquals(
      claude.start({ ...input, settings }),
      claude.start(input),
      JSON.stringify(settings),
    );
  }
  assertEquals(claude.settingsFile!({ HOME: "/home/me" }), "/home/me/.claude/settings.json");
  assertEquals(
    claude.settingsFile!({ HOME: "/home/me", CLAUDE_CONFIG_DIR: "/c" }),
    "/c/settings.json",
  );
});

Deno.test("opencode keeps the providers and models of a config in the environment, and nothing else", () => {
  const opencode = presets.get("opencode")!;
  const of = (content?: string) =>
    JSON.parse(
      opencode.start({
        ...input,
        environment: content === undefined ? {} : { OPENCODE_CONFIG_CONTENT: content },
      }).env.OPENCODE_CONFIG_CONTENT,
    );
  const own = {
    provider: { gateway: { options: { baseURL: "http://gateway" } } },
    model: "gateway/m",
  };
  const more = { plugin: ["x"], mcp: { y: {} }, permission: "allow", share: "auto" };
  assertEquals(of(JSON.stringify({ ...own, ...more })), { ...own, ...of() });
  for (const content of ["", "{", "[]", "null"]) assertEquals(of(content), of(), content);
});
