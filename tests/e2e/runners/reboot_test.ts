import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { looop } from "../../support/looop.ts";
import { loseWorkers } from "../../workers/lose_worker.ts";
import { endFleet } from "../../support/worker_profile.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { type ModelRequest, startModelServer } from "./model_server.ts";

await installRunners();

/** The command with which a worker asks; only without variables in the question no permission is needed for it. */
const askOf = (id: string) => `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "Which colour for ${id}?"`;
const WORKERS = ["claude", "mine", "pi"];

Deno.test("after a reboot the real claude and pi and a custom agent each go on once, in their own sessions, with the answers", async () => {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin] });
  const dataDir = join(await Deno.realPath(home.dir), "data");
  const env = { ...home.env, LOOOP_DATA_DIR: dataDir, XDG_RUNTIME_DIR: home.dir };
  const write = (path: string, content: unknown) =>
    Deno.writeTextFile(join(home.dir, path), JSON.stringify(content));
  await write(".config/looop.json", {
    runner: "none",
    runners: {
      mine: { worker: `${askOf("mine")} >>log`, resume: "cat {{prompt_file}} >>log; sleep 600" },
    },
  });
  await write(".claude.json", {
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: ["dummy"], rejected: [] },
    projects: { [dataDir]: { hasTrustDialogAccepted: true } },
  });
  const asked = new Set<string>();
  const continued: ModelRequest[] = [];
  server.reply((request) => {
    const { tools = [] } = JSON.parse(request.body);
    const worker = WORKERS.find((id) => request.body.includes(`workers/${id}/prompt.md`));
    if (tools.length === 0 || worker === undefined) return { text: "A title." };
    if (request.body.includes("It continues now.")) {
      continued.push(request);
      return { text: "On it." };
    }
    if (asked.has(worker)) return { text: "It was interrupted." };
    asked.add(worker);
    const tool = worker === "claude" ? "Bash" : "bash";
    return { tool, input: { command: askOf(worker), description: "Ask for the colour" } };
  });
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await looop(args, { env });
    assertEquals(code, 0, `${args}: ${stderr}`);
    return stdout;
  };
  const read = (path: string) => Deno.readTextFile(join(dataDir, path));
  const states = async () =>
    JSON.parse(await run("ls", "--json")).map(({ state }: { state: string }) => state);
  const of = (worker: string) =>
    continued.filter(({ body }) => body.includes(`workers/${worker}/prompt.md`));
  try {
    for (const id of WORKERS) await run("start-session", id, "Paint it.", "--runner", id);
    await eventually("all have asked", async () => {
      return (await states()).every((state: string) => state === "waiting");
    }, PROGRAM_MS);
    const records = await Promise.all(
      WORKERS.map(async (id) => JSON.parse(await read(`workers/${id}/worker.json`))),
    );
    await loseWorkers({ read }, ...records);
    await run("tick");
    assertEquals(await states(), ["resuming", "resuming", "resuming"]);
    const { asks } = JSON.parse(await run("status", "--json"));
    for (const { id, question } of asks) {
      await run("answer", id, `${/for (\w+)/.exec(question)?.[1]}-blue`);
    }
    for (const id of WORKERS) {
      const path = join(dataDir, "workers", id, "resumption.json");
      const resumption = JSON.parse(await Deno.readTextFile(path));
      const due = new Date(0).toISOString();
      await Deno.writeTextFile(path, JSON.stringify({ ...resumption, due }));
    }
    await run("tick");
    await eventually("all have gone on", async () => {
      const log = await read("log").catch(() => "");
      return of("claude").length > 0 && of("pi").length > 0 && log.includes("Go on");
    }, PROGRAM_MS);
    for (let i = 0; i < 2; i++) await run("tick");
    assertEquals(await states(), ["running", "running", "running"]);
    for (const id of ["claude", "pi"]) {
      assertEquals(of(id).length, 1);
      // The session is its own: it knows what it asked before.
      assertStringIncludes(of(id)[0].body, `Which colour for ${id}?`);
      assertStringIncludes(of(id)[0].body, `Your user has answered: ${id}-blue`);
    }
    const log = await read("log");
    assertEquals(log.split("It continues now.").length, 2);
    assertStringIncludes(log, "Your user has answered: mine-blue");
    assertEquals(JSON.parse(await run("status", "--json")).asks, []);
  } finally {
    await endFleet(join(dataDir, ".looop"), home.dir);
  }
});
