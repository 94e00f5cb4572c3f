import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "@std/path";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { spawnLooop } from "../../support/looop.ts";
import { type Deciding, deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";
import type { Reply } from "./reply.ts";

await installRunners();

/** opencode alone takes half a minute to begin, more on a busy machine. */

/** The model's call of the program's own tool for shell commands. */
function shell(agent: string, command: string): Reply {
  if (agent !== "codex") {
    return { tool: agent === "claude" ? "Bash" : "bash", input: { command, description: "d" } };
  }
  const sandbox_permissions = "require_escalated";
  return { tool: "exec_command", input: { cmd: command, sandbox_permissions, justification: "j" } };
}

/** What the model of the worker says, turn by turn: try to get out, ask, write down the answer, end. */
function turnsOf(agent: string): Reply[] {
  return [
    shell(agent, `echo x > "$LOOOP_DATA_DIR/PLAYBOOK.md"; pwd > "$LOOOP_REPORTS_DIR/where"`),
    shell(
      agent,
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "Which colour?" --options red,blue > "$LOOOP_REPORTS_DIR/paint.md"`,
    ),
    shell(agent, `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`),
  ];
}

/** Makes the program one that its person has set up and let into the directory. */
async function setUp(agent: string, { env, dataDir }: Deciding): Promise<void> {
  const settings: Record<string, [path: string, content: unknown]> = {
    claude: [".claude.json", {
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: ["dummy"], rejected: [] },
      projects: {
        [await Deno.realPath(dirname(dataDir)) + "/data"]: { hasTrustDialogAccepted: true },
      },
    }],
  };
  if (!Object.hasOwn(settings, agent)) return;
  const [path, content] = settings[agent];
  await Deno.writeTextFile(join(env.HOME, path), JSON.stringify(content));
}

/** Says yes to whatever the agent's own hook asks, until its question comes; gives the id of that. */
async function questionOf(loop: Deciding): Promise<string> {
  let id = "";
  await eventually("the worker asks", async () => {
    const { asks } = JSON.parse((await loop.looop("status", "--json")).stdout);
    for (const ask of asks) {
      if (ask.question === "Which colour?") id = ask.id;
      else await loop.looop("answer", ask.id, "allow");
    }
    return id !== "";
  }, PROGRAM_MS);
  return id;
}

for (const agent of ["pi", "claude", "codex", "opencode"]) {
  Deno.test(`the real ${agent} works in the sandbox, on copies of its files: it asks, reports, ends and is metered`, async () => {
    await using loop = await deciding("none");
    const turns = turnsOf(agent);
    loop.server.reply(({ body }) => {
      const { tools = [] } = JSON.parse(body);
      return (tools.length > 0 ? turns.shift() : undefined) ?? { text: "done" };
    });
    await setUp(agent, loop);
    await Deno.writeTextFile(
      join(loop.env.HOME, ".config", "looop.json"),
      JSON.stringify({
        ...{ sandbox: "bwrap", runner: "none", worker_runner: agent },
        runners: { [agent]: { network: true } },
      }),
    );
    const pulse = spawnLooop([], { env: loop.env });
    try {
      await eventually(
        "the pulse ticks",
        () => loop.read(".looop/last_tick.json").then(() => true, () => false),
        PROGRAM_MS,
      );
      const before = await loop.read("PLAYBOOK.md");
      const started = await loop.looop("start-session", "paint", "Ask which colour is wanted.");
      assertEquals([started.code, started.stderr], [0, ""]);
      const answered = await loop.looop("answer", await questionOf(loop), "blue");
      assertEquals(answered.code, 0, answered.stderr);
      await eventually("the worker ends", async () => {
        const { asks } = JSON.parse((await loop.looop("status", "--json")).stdout);
        for (const ask of asks) await loop.looop("answer", ask.id, "allow");
        const { stdout } = await loop.looop("ls", "--json");
        return JSON.parse(stdout).some((worker: { state: string }) => worker.state === "done");
      }, PROGRAM_MS);
      assertEquals((await loop.read("reports/paint.md")).trim(), "blue");
      assertMatch(await loop.read("reports/where"), /\/data\/workers\/paint\/worktree\n$/);
      assertEquals(await loop.read("PLAYBOOK.md"), before);
      await loop.looop("pause");
      await loop.looop("resume");
      const settled = async () => (await loop.ledger()).filter(({ begun }) => !begun);
      await eventually("it is metered", async () => (await settled()).length > 0, PROGRAM_MS);
      const [{ kind, runner, output_tokens }] = await settled();
      assertEquals([kind, runner], ["worker", agent]);
      assert((output_tokens ?? 0) > 0, "its own records tell what it used");
    } finally {
      await loop.looop("down", "--workers");
      await pulse.output();
    }
  });
}
