import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { systemClock } from "../../../src/os/clock.ts";
import { openProfile } from "../../../src/profile/profile.ts";
import { reconcileWorkers } from "../../../src/workers/reconcile.ts";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { git } from "../../support/git.ts";
import { looop } from "../../support/looop.ts";
import { endFleet } from "../../support/worker_profile.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { startModelServer } from "./model_server.ts";

await installRunners();

const TWO_HOURS_S = 7200;

/** looop with these variables, and its one worker. */
function looopOf(env: Record<string, string>) {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await looop(args, { env });
    assertEquals(code, 0, `${args}: ${stderr}`);
    return stdout;
  };
  const workerNow = async () => JSON.parse(await run("ls", "--json"))[0];
  /** Waits for the program; what it shows tells why it does not come. */
  const seen = (what: string, check: () => boolean | Promise<boolean>) =>
    eventually(what, check, PROGRAM_MS).catch(async (error) => {
      const now = JSON.stringify(await workerNow());
      throw new Error(`${error.message}\n${now}\n${await run("logs", "paint")}`);
    });
  /** Waits until the worker is limited, and returns until when it is. */
  const limited = async (): Promise<string> => {
    await seen("it is limited", async () => (await workerNow()).state === "limited");
    return (await workerNow()).until;
  };
  return { run, workerNow, seen, limited };
}

Deno.test("the real claude at a usage limit is limited until the reset that it was told, the user is notified, and it continues once", async () => {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin] });
  const dataDir = join(await Deno.realPath(home.dir), "data");
  // A subscription: with a key, a 429 names no reset.
  const { ANTHROPIC_API_KEY: _, ...more } = home.env;
  const env = {
    ...more,
    CLAUDE_CODE_OAUTH_TOKEN: "dummy",
    LOOOP_DATA_DIR: dataDir,
    XDG_RUNTIME_DIR: home.dir,
  };
  const configPath = join(home.dir, ".config/looop.json");
  await Deno.writeTextFile(
    configPath,
    JSON.stringify({ runner: "none", notify: `echo "$LOOOP_KIND: $LOOOP_WORKER" >>~/told` }),
  );
  await Deno.writeTextFile(
    join(home.dir, ".claude.json"),
    JSON.stringify({
      hasCompletedOnboarding: true,
      projects: { [dataDir]: { hasTrustDialogAccepted: true } },
    }),
  );
  const resetAt = Date.now() + TWO_HOURS_S * 1000;
  server.reply(({ body }) =>
    body.includes("It continues now.") ? { text: "On it." } : { status: 429, resetInS: TWO_HOURS_S }
  );
  const { run, workerNow, seen, limited } = looopOf(env);
  try {
    // In a worktree too it neither asks for trust nor loses its session.
    const repo = join(home.dir, "repository");
    await Deno.mkdir(repo);
    await git(repo, "init", "-q", "-b", "main");
    await git(repo, "commit", "-q", "--allow-empty", "-m", "first");
    await run("start-session", "paint", "Paint it.", "--runner", "claude", "--repo", repo);
    const until = await limited();
    // Claude Code prints the reset rounded to the hour or minute; looop adds a minute of grace.
    const lateMs = Date.parse(until) - resetAt;
    assertEquals(Math.abs(lateMs) <= 31 * 60_000, true, `${until} for ${new Date(resetAt)}`);
    await run("tick");
    await run("tick");
    const told = await Deno.readTextFile(join(home.dir, "told"));
    assertEquals(told.split("worker_limited").length, 2, told);
    assertStringIncludes(told, "paint");

    let ms = 0;
    const clock = { ...systemClock, now: () => new Date(Date.now() + ms) };
    const profile = await openProfile({ dataDir, configPath, environment: env, clock });
    const turns = () => server.requests.filter(({ body }) => body.includes("It continues now."));
    ms = Date.parse(until) - Date.now() - 60_000;
    await reconcileWorkers(profile, [], { resume: true });
    assertEquals(turns().length, 0);
    ms += 120_000;
    for (let i = 0; i < 3; i++) await reconcileWorkers(profile, [], { resume: true });
    await seen("it goes on", () => turns().length > 0);
    await reconcileWorkers(profile, [], { resume: true });
    const [{ body }, second] = turns().filter(({ body }) => /"tools":\[\{/.test(body));
    assertEquals(second, undefined);
    // Its own session: it knows its task.
    assertStringIncludes(body, "workers/paint/prompt.md");
    assertStringIncludes(body, "A usage limit had stopped you.");
    assertStringIncludes(body, "/workers/trees/paint");
    assertEquals((await workerNow()).state, "running");
  } finally {
    await endFleet(join(dataDir, ".looop"), home.dir);
  }
});

Deno.test("the real opencode without credit is limited by its own record, and continues once", async () => {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin] });
  const dataDir = join(await Deno.realPath(home.dir), "data");
  const env = { ...home.env, LOOOP_DATA_DIR: dataDir, XDG_RUNTIME_DIR: home.dir };
  const configPath = join(home.dir, ".config/looop.json");
  await Deno.writeTextFile(configPath, JSON.stringify({ runner: "none" }));
  server.reply(({ body }) =>
    body.includes("It continues now.") ? { text: "On it." } : { status: 402 }
  );
  const { run, workerNow, seen, limited } = looopOf(env);
  try {
    await run("start-session", "paint", "Paint it.", "--runner", "opencode");
    const until = await limited();
    let ms = 0;
    const clock = { ...systemClock, now: () => new Date(Date.now() + ms) };
    const profile = await openProfile({ dataDir, configPath, environment: env, clock });
    const turns = () =>
      server.requests.filter(({ body }) =>
        body.includes("It continues now.") && /"tools":\[\{/.test(body)
      );
    ms = Date.parse(until) - Date.now() + 60_000;
    for (let i = 0; i < 3; i++) await reconcileWorkers(profile, [], { resume: true });
    await seen("it goes on", () => turns().length > 0);
    await reconcileWorkers(profile, [], { resume: true });
    assertEquals(turns().length, 1);
    assertStringIncludes(turns()[0].body, "workers/paint/prompt.md");
    assertStringIncludes(turns()[0].body, "A usage limit had stopped you.");
    assertEquals((await workerNow()).state, "running");
  } finally {
    await endFleet(join(dataDir, ".looop"), home.dir);
  }
});
