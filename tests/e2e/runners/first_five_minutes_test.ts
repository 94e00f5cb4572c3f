import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { looop } from "../../support/looop.ts";
import { installRunners } from "./install_runners.ts";
import type { Answer, ModelRequest } from "./model_server.ts";
import { CLAUDE, go, type NewHome, newHome, type Step } from "./new_home.ts";
import type { Reply } from "./reply.ts";

await installRunners();

const START = {
  ...{ action: "start_worker", id: "setup", goal: "setup" },
  prompt: "Interview the user, and propose PLAYBOOK, goals and sensors.",
  journal: "started the interview",
};
const ARCHIVE = { action: "archive_goal", id: "setup", journal: "the setup is done" };
const NOOP = { action: "noop", reason: "the interview goes on", journal: "nothing to do" };
const LOOOP = `"$LOOOP_BIN"`;
const QUESTIONS = ["What are you working on?", "What should I watch?", "What may I do?"];

/** A call of the program's own tool for shell commands; `null` where it has none. */
function shellCall({ body }: ModelRequest, command: string): Reply | null {
  const tools: { name?: string; function?: { name: string } }[] = JSON.parse(body).tools ?? [];
  const names = tools.map((tool) => tool.name ?? tool.function?.name ?? "");
  const tool = names.find((name) => /^(bash|shell|exec_command)$/i.test(name));
  if (tool === undefined) return null;
  const more = { sandbox_permissions: "require_escalated", justification: "to reach looop" };
  const input = tool === "exec_command"
    ? { cmd: command, ...more }
    : { command, description: "look" };
  return { tool, input };
}

/** A model that decides with `decide`, and as the interviewer runs these commands, one a turn. */
function scripted(decide: (prompt: string) => object, commands: string[]): Answer {
  const left = [...commands];
  return (request) => {
    if (`${request.system}\n${request.prompt}`.includes("You are the decider of looop")) {
      return { text: JSON.stringify(decide(request.prompt)) };
    }
    const call = left.length > 0 ? shellCall(request, left[0]) : null;
    if (call) left.shift();
    return call ?? { text: "done" };
  };
}

const ask = (question: string) => `${LOOOP} ask "$LOOOP_SESSION_ID" "${question}"`;

/** A key as its provider writes it. */
const KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz123456";

/** What a program lacks, in the order in which the user meets it. */
interface Journey {
  runner: string;
  /** What is said of each obstacle, and what the user does about it in `looop setup-agent`. */
  obstacles: { why: RegExp; steps: Step[] }[];
  /** What its home has of it before it is installed. */
  files?: Record<string, string>;
}

const JOURNEYS: Journey[] = [
  {
    runner: "claude",
    files: { ".claude.json": `{"hasCompletedOnboarding": true}` },
    obstacles: [
      {
        why: /Claude Code asks whether to use ANTHROPIC_API_KEY/,
        // Whoever refuses trust has left the program.
        steps: [...CLAUDE.slice(1, 3), [/❯ 1\. Yes, I trust this folder/, "Down"], [
          /❯ 2\. No, exit/,
          "Enter",
        ], [/ended with status 1; Enter returns to looop/, "Enter"]],
      },
      { why: /Claude Code asks whether you trust \//, steps: CLAUDE.slice(4) },
    ],
  },
  {
    runner: "pi",
    obstacles: [{
      why: /pi is not logged in/,
      steps: [
        [/No models available/, "-l /login", "Enter"],
        [/API key/, "Down", "Enter"],
        [/unconfigured/, "-l openai"],
        [/→ OpenAI • unconfigured/, "Enter"],
        [/Enter API key|API key:/i, `-l ${KEY}`, "Enter"],
      ],
    }],
  },
  {
    runner: "codex",
    files: { ".codex/config.toml": `model = "gpt-5"\n` },
    obstacles: [{
      why: /Codex is not logged in/,
      steps: [
        [/> 1\. Sign in with ChatGPT/, "Down", "Down"],
        [/> 3\. Sign in another way/, "Enter"],
        [/API key/, "Down", "Down", "Enter"],
        [/Paste or type your API key/, `-l ${KEY}`, "Enter"],
      ],
    }],
  },
  {
    runner: "opencode",
    obstacles: [{
      // It starts without a login, and its provider refuses that.
      why: /opencode: Forbidden/,
      steps: [
        [/Select provider/, "-l openai"],
        [/● OpenAI/, "Enter"],
        [/Login method/, "Down", "Down"],
        [/● Manually enter API Key/, "Enter"],
        [/API key/, `-l ${KEY}`, "Enter"],
      ],
    }],
  },
];

const SETTINGS = [".pi", ".codex", ".config/opencode", "LOOPBACK_API_KEY"];

/** From a machine without the program to the first question of the interview, with what the screen says alone. */
async function travel({ runner, obstacles, files = {} }: Journey): Promise<void> {
  const isClaude = runner === "claude";
  const forget = [...SETTINGS, "ANTHROPIC_BASE_URL", ...isClaude ? [] : ["ANTHROPIC_API_KEY"]];
  await using home = await newHome(null, { forget, installs: [] });
  for (const [path, content] of Object.entries(files)) {
    const file = join(home.env.HOME, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, content);
  }
  let decisions = 0;
  const decide = () => decisions++ === 0 ? START : NOOP;
  home.server.reply(scripted(decide, [ask(QUESTIONS[0])]));

  await using pulse = await home.type();
  await go(pulse, [[/no LLM runner is installed;[^]*Run looop init now\? \(Y\/n\)/, "n", "Enter"]]);
  await pulse.seen(/looop needs an LLM runner: no LLM runner is installed/, PROGRAM_MS);
  assertStringIncludes(await home.asks(), "\n  looop setup-agent\n");
  await home.install(runner);

  await using user = await home.type(["setup-agent"], "user");
  if (runner === "opencode") {
    await user.seen(/opencode is ready/, PROGRAM_MS);
    await pulse.seen(obstacles[0].why, PROGRAM_MS);
    await retry(user);
  }
  for (const [i, { why, steps }] of obstacles.entries()) {
    if (i > 0) await retry(user);
    await user.seen(/Opening|looop_setup_/, PROGRAM_MS);
    const asks = await home.asks();
    assert(why.test(asks), `${runner}: ${asks}`);
    assertStringIncludes(asks, `\n  looop setup-agent ${runner}\n`);
    await go(user, steps);
    const isLast = i === obstacles.length - 1;
    await user.seen(isLast ? /is ready|again now/ : /is not ready: [^]*status 1/, PROGRAM_MS);
  }
  // Two of its starts: of the decision and of the worker.
  await pulse.seen(/What are you working on\?/, 2 * PROGRAM_MS);
  assertEquals((await home.asks()).includes("setup-agent"), false);
}

/** Types the command that the screen or the ask names. */
async function retry(user: Awaited<ReturnType<NewHome["type"]>>): Promise<void> {
  await user.type("-l", `clear; "$LOOOP" setup-agent; echo "status $?"`);
  await user.type("Enter");
}

/** What the interviewer proposes. */
const FILES: Record<string, string> = {
  "playbook": "# Mine\n\nThe site comes first.\n",
  "goal site": "---\ngoal: Keep the site up\n---\n",
  "sensor site.sh": `#!/bin/sh\necho '{"signal": "up"}'\n`,
};

/** What the interviewer does turn by turn: it asks, looks around, drafts, proposes, reports and ends itself. */
const INTERVIEW = [
  ...QUESTIONS.map(ask),
  "cat PLAYBOOK.md",
  `${LOOOP} sensor ls`,
  ...Object.entries(FILES).map(([what, text]) => `${LOOOP} propose ${what} - <<'END'\n${text}END`),
  `cat > reports/setup.md <<'END'\n# Setup\n\nAsked three questions.\nEND`,
  `${LOOOP} kill "$LOOOP_SESSION_ID"`,
];

Deno.test("claude leads from a new home to an archived setup in at most 6 actions of the user", async () => {
  await using home = await newHome("claude", { forget: SETTINGS });
  const decisions: string[] = [];
  home.server.reply(scripted((prompt) => {
    decisions.push(prompt);
    const isOver = prompt.includes("site.sh") && !prompt.includes("Change ");
    return decisions.length === 1 ? START : isOver ? ARCHIVE : NOOP;
  }, INTERVIEW));
  const actions: string[] = [];
  const command = async (...args: string[]) => {
    actions.push(`looop ${args.join(" ")}`);
    const { code, stdout, stderr } = await looop(args, { env: home.env });
    assertEquals(code, 0, stdout + stderr);
  };
  const open = async (): Promise<{ question: string; kind: string }[]> =>
    JSON.parse((await looop(["asks", "--json"], { env: home.env })).stdout);

  actions.push("looop");
  await using pulse = await home.type();
  await pulse.seen(
    /Claude Code is not set up\.[^]*Open claude now to set it up\? \(Y\/n\)/,
    PROGRAM_MS,
  );
  assertStringIncludes(await home.asks(), "claude needs you: Claude Code is not set up");
  assertEquals(home.server.requests.length, 0);
  actions.push("set claude up: its own questions");
  await pulse.type("Enter");
  await go(pulse, CLAUDE);
  for (const question of QUESTIONS) {
    await pulse.seen(new RegExp(question.replace("?", "\\?")), 2 * PROGRAM_MS);
    await command("answer", "An answer.");
  }
  await eventually("all proposals wait", async () => {
    const asks = await open();
    // Any other ask here would be one action more.
    const other = asks.filter(({ kind }) => kind !== "approval");
    assertEquals(other, []);
    return asks.length === Object.keys(FILES).length;
  }, PROGRAM_MS);
  await pulse.seen(/--all-of setup/, PROGRAM_MS);
  await command("approve", "--all-of", "setup");
  const archived = join(home.dataDir, "goals/archive/setup.md");
  await eventually("the setup is archived", async () => {
    if ((await open()).length > 0) await command("approve");
    return await Deno.stat(archived).then(() => true, () => false);
  }, 2 * PROGRAM_MS);
  console.log(`${actions.length} actions: ${actions.join("; ")}`);
  assert(actions.length <= 6, actions.join("\n"));
  assert(decisions.length <= 3, `${decisions.length} decisions`);
  for (
    const [path, what] of [
      ["PLAYBOOK.md", "playbook"],
      ["goals/site.md", "goal site"],
      ["sensors/site.sh", "sensor site.sh"],
    ]
  ) assertEquals(await Deno.readTextFile(join(home.dataDir, path)), FILES[what]);
  assertStringIncludes(
    await Deno.readTextFile(join(home.dataDir, "reports/setup.md")),
    "Asked three questions.",
  );
});

Deno.test("each program leads from its absence, over each question of its own, to the interview, which starts by itself", async () => {
  const ends = await Promise.allSettled(JOURNEYS.map(travel));
  const failed = ends.flatMap((end, i) =>
    end.status === "rejected" ? [`${JOURNEYS[i].runner}: ${end.reason?.stack}`] : []
  );
  assertEquals(failed, []);
});
