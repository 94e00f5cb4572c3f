import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { spawnLooop } from "../../support/looop.ts";
import { deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";
import type { Reply } from "./reply.ts";

await installRunners();

const START = {
  ...{ action: "start_worker", id: "setup", goal: "setup" },
  prompt: "Interview the user, and propose PLAYBOOK, goals and sensors.",
  journal: "started the interview",
};
const ARCHIVE = { action: "archive_goal", id: "setup", journal: "the setup is done" };
const NOOP = { action: "noop", reason: "the interview goes on", journal: "nothing to do" };

const QUESTIONS = ["What are you working on?", "What should I watch?", "What may I do?"];
const LOOOP = `"$LOOOP_BIN"`;
const FILES: Record<string, string> = {
  "playbook": "# Mine\n\nThe site comes first.\n",
  "goal site": "---\ngoal: Keep the site up\n---\n",
  "sensor site.sh": `#!/bin/sh\necho '{"signal": "up"}'\n`,
};

/** What the interviewer does turn by turn, in its program's own tool for shell commands. */
function turns(): Reply[] {
  const bash = (command: string): Reply => ({ tool: "bash", input: { command } });
  return [
    ...QUESTIONS.map((question) => bash(`${LOOOP} ask "$LOOOP_SESSION_ID" "${question}"`)),
    ...Object.entries(FILES).map(([what, text]) =>
      bash(`cat > reports/new <<'END'\n${text}END\n${LOOOP} propose ${what} reports/new`)
    ),
    bash(`${LOOOP} kill "$LOOOP_SESSION_ID"`),
  ];
}

Deno.test("the interview leads from a new home to a profile of the user's own in at most 6 actions", async () => {
  await using loop = await deciding("pi");
  const left = turns();
  const decisions: string[] = [];
  loop.server.reply(({ system, prompt }) => {
    if (!system.includes("You are the decider of looop")) {
      return left.shift() ?? { text: "done" };
    }
    decisions.push(prompt);
    const isOver = prompt.includes("site.sh") && !prompt.includes("Change ");
    return { text: JSON.stringify(decisions.length === 1 ? START : isOver ? ARCHIVE : NOOP) };
  });
  let actions = 0;
  /** What a user does; the rest happens by itself. */
  const user = async (...args: string[]) => {
    actions++;
    const { code, stdout, stderr } = await loop.looop(...args);
    assertEquals(code, 0, stderr);
    return stdout;
  };
  const open = async () => {
    const { stdout } = await loop.looop("asks", "--json");
    return JSON.parse(stdout) as { id: string; kind: string; question: string }[];
  };
  const shows = (what: string, is: (asks: Awaited<ReturnType<typeof open>>) => boolean) =>
    eventually(what, async () => is(await open()), PROGRAM_MS);

  actions++;
  const pulse = spawnLooop([], { env: loop.env });
  const ended = pulse.output();
  try {
    for (const question of QUESTIONS) {
      await shows(question, (asks) => asks.some((ask) => ask.question === question));
      await user("answer", "An answer.");
    }
    await shows("all three proposals", (asks) => asks.length === Object.keys(FILES).length);
    assertStringIncludes((await loop.looop("asks")).stdout, "looop approve --all-of setup");
    await user("approve", "--all-of", "setup");
    const isArchived = async () => {
      // Untrusted input, here that of the worker, may have influenced the decision.
      if ((await open()).some(({ kind }) => kind === "approval")) await user("approve");
      return await loop.read("goals/archive/setup.md").then(() => true, () => false);
    };
    await eventually("the setup is archived", isArchived, PROGRAM_MS);
  } finally {
    pulse.kill("SIGTERM");
    await ended;
    await loop.looop("down", "--workers");
  }
  assert(actions <= 6, `${actions} actions`);
  assertEquals(await loop.read("PLAYBOOK.md"), FILES.playbook);
  assertEquals(await loop.read("goals/site.md"), FILES["goal site"]);
  assertEquals(await loop.read("sensors/site.sh"), FILES["sensor site.sh"]);
  assert(decisions.length <= 3, `${decisions.length} decisions`);
});
