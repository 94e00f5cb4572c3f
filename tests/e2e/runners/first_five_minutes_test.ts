import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { looop } from "../../support/looop.ts";
import { eachProgram } from "./each_program.ts";
import { installRunners } from "./install_runners.ts";
import type { Answer, ModelRequest } from "./model_server.ts";
import { CLAUDE, go, type NewHome, newHome, type Step } from "./new_home.ts";
import type { Reply } from "./reply.ts";

await installRunners();

/** Two starts of a program, or several turns of one. */
const LONG_MS = 2 * PROGRAM_MS;

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

/** What Claude Code has recorded of a user who has seen its first screens. */
function claudeRecord(more: object): string {
  return JSON.stringify({ hasCompletedOnboarding: true, ...more });
}

/** Whose program is installed, but was never set up, and whose is not installed at all, have none of these. */
const SETTINGS = [".pi", ".codex", ".config/opencode", "LOOPBACK_API_KEY"];

/** What a program needs of its user, before it can lead an interview. */
interface Program {
  runner: string;
  /** What looop says of it. */
  why: string;
  steps: Step[];
  /** What its home has of it before. */
  files?: Record<string, string>;
  /** It starts without a login, so that only its provider's refusal shows what it needs. */
  isRefused?: boolean;
}

const PROGRAMS: Program[] = [
  { runner: "claude", why: "Claude Code is not set up", steps: CLAUDE },
  {
    ...{ runner: "pi", why: "pi is not logged in" },
    steps: [
      [/No models available/, "-l /login", "Enter"],
      [/API key/, "Down", "Enter"],
      [/unconfigured/, "-l openai"],
      [/→ OpenAI • unconfigured/, "Enter"],
      [/Enter API key|API key:/i, `-l ${KEY}`, "Enter"],
    ],
  },
  {
    ...{ runner: "codex", why: "Codex is not logged in" },
    files: { ".codex/config.toml": `model = "gpt-5"\n` },
    steps: [
      [/> 1\. Sign in with ChatGPT/, "Down", "Down"],
      [/> 3\. Sign in another way/, "Enter"],
      [/API key/, "Down", "Down", "Enter"],
      [/Paste or type your API key/, `-l ${KEY}`, "Enter"],
    ],
  },
  {
    ...{ runner: "opencode", why: "opencode: Forbidden", isRefused: true },
    steps: [
      [/Select provider/, "-l anthropic"],
      [/● Anthropic/, "Enter"],
      [/API key/, `-l ${KEY}`, "Enter"],
    ],
  },
];

/** A home that has of a program only these files. */
async function homeWith(
  runner: string,
  files: Record<string, string>,
  installs: string[],
): Promise<NewHome> {
  const variables = runner === "claude" ? [] : ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"];
  const home = await newHome(null, { forget: [...SETTINGS, ...variables], installs });
  for (const [path, content] of Object.entries(files)) {
    const file = join(home.env.HOME, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, content);
  }
  return home;
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

/** From a program that was never set up to the archived setup, and how often the user had to act. */
async function interview(program: Program): Promise<void> {
  const { runner, why, steps, files = {}, isRefused = false } = program;
  await using home = await homeWith(runner, files, [runner]);
  let decisions = 0;
  home.server.reply(scripted((prompt) => {
    const isOver = prompt.includes("site.sh") && !prompt.includes("Change ");
    return decisions++ === 0 ? START : isOver ? ARCHIVE : NOOP;
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
  const offer = new RegExp(`${why}\\.[^]*Open ${runner} now to set it up\\? \\(Y/n\\)`);
  await pulse.seen(isRefused ? new RegExp(why) : offer, LONG_MS);
  assertStringIncludes(await home.asks(), `${runner} needs you: ${why}`);
  assertEquals(home.server.requests.length, 0);
  actions.push(`set ${runner} up: its own questions`);
  if (isRefused) {
    assertStringIncludes(await home.asks(), "\n  looop setup-agent opencode\n");
    await using user = await home.type(["setup-agent"], "user");
    await go(user, steps);
    await user.seen(/looop tries opencode again now/, PROGRAM_MS);
  } else {
    await pulse.type("Enter");
    await go(pulse, steps);
  }
  for (const question of QUESTIONS) {
    await pulse.seen(new RegExp(question.replace("?", "\\?")), LONG_MS);
    await command("answer", "An answer.");
  }
  await pulse.seen(/sensors\/site\.sh[^]*--all-of setup/, LONG_MS);
  // Any other ask here would be one action more.
  assertEquals((await open()).map(({ kind }) => kind), Object.keys(FILES).map(() => "approval"));
  await command("approve", "--all-of", "setup");
  const archived = join(home.dataDir, "goals/archive/setup.md");
  const isArchived = () => Deno.stat(archived).then(() => true, () => false);
  await eventually("the setup is archived", isArchived, LONG_MS).catch(async (error) => {
    throw new Error(await pulse.screen(), { cause: error });
  });
  assertEquals(await open(), []);
  console.log(`${runner}: ${actions.length} actions: ${actions.join("; ")}`);
  assert(actions.length <= 6, actions.join("\n"));
  // The call that its provider refused was none.
  assert(decisions <= 3, `${decisions} decisions`);
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
}

/** What Claude Code, not installed at first, lacks then, in the order in which the user meets it. */
interface Journey {
  /** What is said of each obstacle, and what the user does about it in `looop setup-agent`. */
  obstacles: { why: RegExp; steps: Step[] }[];
  /** What Claude Code has recorded before it was installed. */
  record: object;
}

const JOURNEYS: Record<string, Journey> = {
  "not trusted, which the user refuses first": {
    record: { customApiKeyResponses: { approved: ["dummy"] } },
    obstacles: [
      {
        why: /Claude Code asks whether you trust \//,
        // Whoever refuses trust has left the program.
        steps: [
          [/❯ 1\. Yes, I trust this folder/, "Down"],
          [/❯ 2\. No, exit/, "Enter"],
          [/ended with status 1; Enter returns to looop/, "Enter"],
        ],
      },
      { why: /Claude Code asks whether you trust \//, steps: CLAUDE.slice(4) },
    ],
  },
  "with a key to confirm": {
    record: { projects: { "/": { hasTrustDialogAccepted: true } } },
    obstacles: [{
      why: /Claude Code asks whether to use ANTHROPIC_API_KEY/,
      steps: CLAUDE.slice(1, 3),
    }],
  },
};

/** From a machine without the program to the first question of the interview, with what the screen says alone. */
async function travel({ obstacles, record }: Journey): Promise<void> {
  const runner = "claude";
  await using home = await homeWith(runner, { ".claude.json": claudeRecord(record) }, []);
  let decisions = 0;
  const decide = () => decisions++ === 0 ? START : NOOP;
  home.server.reply(scripted(decide, [ask(QUESTIONS[0])]));

  await using pulse = await home.type();
  await go(pulse, [[/no LLM runner is installed;[^]*Run looop init now\? \(Y\/n\)/, "n", "Enter"]]);
  await pulse.seen(/looop needs an LLM runner: no LLM runner is installed/, PROGRAM_MS);
  assertStringIncludes(await home.asks(), "\n  looop setup-agent\n");
  await home.install(runner);

  await using user = await home.type(["setup-agent"], "user");
  for (const [i, { why, steps }] of obstacles.entries()) {
    if (i > 0) {
      // The command that the screen and the ask name.
      await user.run(`"$LOOOP" setup-agent; echo "status $?"`);
    }
    await user.seen(/Opening|looop_setup_/, PROGRAM_MS);
    const asks = await home.asks();
    assert(why.test(asks), asks);
    assertStringIncludes(asks, `\n  looop setup-agent ${runner}\n`);
    await go(user, steps);
    const isLast = i === obstacles.length - 1;
    await user.seen(isLast ? /is ready/ : /is not ready: [^]*status 1/, PROGRAM_MS);
  }
  await pulse.seen(/What are you working on\?/, LONG_MS);
  assertEquals((await home.asks()).includes("setup-agent"), false);
}

Deno.test("each program, installed but never set up, leads from a new home to an archived setup in at most 6 actions", async () => {
  await eachProgram(PROGRAMS.map((program) => [program.runner, program] as const), interview);
});

Deno.test("claude leads from its absence, over a refused trust or its question about a key, to the interview, which starts by itself", async () => {
  await eachProgram(Object.entries(JOURNEYS), travel);
});
