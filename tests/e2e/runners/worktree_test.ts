import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { git } from "../../support/git.ts";
import { looop } from "../../support/looop.ts";
import { loseWorkers } from "../../workers/lose_worker.ts";
import { endFleet } from "../../support/worker_profile.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { startModelServer } from "./model_server.ts";

await installRunners();

Deno.test("the real codex works in a worktree, without a question about trust, and goes on in its own session after a reboot", async () => {
  await using server = startModelServer();
  await using home = await runnerHome(server, { binDirs: [runnersBin] });
  const dir = await Deno.realPath(home.dir);
  const [dataDir, repo] = [join(dir, "data"), join(dir, "repository")];
  const env = { ...home.env, LOOOP_DATA_DIR: dataDir, XDG_RUNTIME_DIR: home.dir };
  await Deno.writeTextFile(join(dir, ".config/looop.json"), `{"runner":"none"}`);
  server.reply({ text: "On it." });
  /** What its model got with this text in it. */
  const requestsWith = (text: string) =>
    server.requests.map(({ body }) => body)
      .filter((body) => body.includes("workers/paint/prompt.md") && body.includes(text));
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await looop(args, { env });
    assertEquals(code, 0, `${args}: ${stderr}`);
    return stdout;
  };
  const read = (path: string) => Deno.readTextFile(join(dataDir, path));
  const sees = (text: string) =>
    eventually(text, () => Promise.resolve(requestsWith(text).length > 0), PROGRAM_MS);
  try {
    await git(dir, "init", "-q", "-b", "main", repo);
    await git(repo, "commit", "-q", "--allow-empty", "-m", "first");
    await run("start-session", "paint", "Paint it.", "--runner", "codex", "--repo", repo);
    await sees("/workers/trees/paint");
    assertStringIncludes(await run("ls"), `in ${dataDir}/workers/trees/paint`);
    await loseWorkers({ read }, JSON.parse(await read("workers/paint/worker.json")));
    await run("continue", "paint");
    await sees("It continues now.");
    await run("tick");
    // Its own session: it knows its task and its place.
    const [body, ...more] = requestsWith("It continues now.");
    assertEquals(more, []);
    assertStringIncludes(body, "/workers/trees/paint");
    assertEquals(JSON.parse(await run("ls", "--json"))[0].state, "running");
  } finally {
    await endFleet(join(dataDir, ".looop"), home.dir);
  }
});
