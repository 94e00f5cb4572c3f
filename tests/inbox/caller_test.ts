import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { callingWorker } from "../../src/inbox/caller.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { listProcesses } from "../../src/os/processes.ts";
import { cliOn } from "../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { tempWorker } from "./temp_worker.ts";
import { denoDir } from "../support/looop.ts";

const LONG_AGO = "Mon Nov 23 05:30:48 2020";

const refusal = (what: string) =>
  `looop: cannot ${what} from inside worker fix-ci: only the user may do this, in a terminal outside the worker\n`;

/** Calls looop from a process below a worker's wrapper, through the launcher, with no variable that tells of it. */
async function callBelow(
  profile: TempProfile,
  args: string[],
  { started, env = {} }: { started?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; stderr: string }> {
  const launcher = fromFileUrl(import.meta.resolve("../../bin/looop"));
  // Once told to: by then the record names its process.
  const child = new Deno.Command("bash", {
    args: [
      "-c",
      `read -r; env -u LOOOP_GENERATION bash -c '"$0" "$@"; exit $?' "$0" "$@"; exit $?`,
      launcher,
      ...args,
    ],
    env: {
      PATH: profile.environment.PATH,
      HOME: profile.environment.HOME,
      DENO_DIR: denoDir(),
      LOOOP_DENO: Deno.execPath(),
      LOOOP_DATA_DIR: profile.paths.dataDir,
      LOOOP_CONFIG: profile.configPath,
      ...env,
    },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const seen = (await listProcesses(profile.environment)).get(child.pid)?.started ?? "";
  const wrapper = { pid: child.pid, started: started ?? seen };
  await tempWorker(profile, "fix-ci", { wrapper });
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode("go\n"));
  await stdin.close();
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("answer, approve and reject refuse in a worker's environment", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  const inside = { ...profile.environment, LOOOP_SESSION_ID: "fix-ci" };
  const own = { ...inside, LOOOP_DATA_DIR: profile.paths.dataDir };
  for (const environment of [inside, own]) {
    for (const args of [["answer", id, "yes"], ["approve", id], ["reject", id]]) {
      const { status, stdout, stderr } = await cliOn({ ...profile, environment }, args);
      assertEquals([status, stdout, stderr], [1, "", refusal(`${args[0]} ${id}`)]);
    }
  }
  assertEquals((await findAsk(profile, id))?.answer, undefined);
  // A worker of another profile may be a person's tool on this one.
  const other = { ...inside, LOOOP_DATA_DIR: profile.root };
  const end = await cliOn({ ...profile, environment: other }, ["answer", id, "yes"]);
  assertEquals([end.stdout, end.stderr], [`answered ${id}: worker fix-ci receives it\n`, ""]);
});

Deno.test("answer refuses below a worker's process that has hidden its environment", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  const refused = await callBelow(profile, ["answer", id, "me"]);
  assertEquals([refused.code, refused.stderr], [1, refusal(`answer ${id}`)]);
  assertEquals((await findAsk(profile, id))?.answer, undefined);
});

Deno.test("a worker that has hidden its environment proposes as itself, and acts for no other worker", async () => {
  await using profile = await tempProfile({ files: { "draft.md": "# Other\n" } });
  await tempWorker(profile, "other");
  const draft = `${profile.paths.dataDir}/draft.md`;
  const proposed = await callBelow(profile, ["propose", "playbook", draft]);
  assertEquals([proposed.code, proposed.stderr], [0, ""]);
  const [ask] = (await listAsks(profile)).asks;
  assertEquals([ask.proposer, ask.question], [
    "fix-ci",
    "Change PLAYBOOK.md? (proposed by worker fix-ci)",
  ]);
  const acts = [["ask", "other", "Is this looop?"], ["flag", "other", "look"], ["unflag", "other"]];
  for (const args of [...acts, ["cost", "add", "other", "4"]]) {
    const refused = await callBelow(profile, args);
    assertEquals([refused.code, refused.stderr], [
      1,
      "looop: cannot act for worker other from inside another worker\n",
    ]);
  }
  assertEquals((await listAsks(profile)).asks.length, 1);
});

Deno.test("answer refuses below a process that has a worker's generation in its environment", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  const started = LONG_AGO;
  const refused = await callBelow(profile, ["answer", id, "me"], {
    started,
    env: { LOOOP_GENERATION: "g1" },
  });
  assertEquals([refused.code, refused.stderr], [1, refusal(`answer ${id}`)]);
  const env = { LOOOP_GENERATION: "g12" };
  assertEquals(await callBelow(profile, ["answer", id, "me"], { started, env }), {
    code: 0,
    stderr: "",
  });
});

Deno.test("answer takes a process that merely has the number of a worker's for none", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  const started = LONG_AGO;
  const { code, stderr } = await callBelow(profile, ["answer", id, "me"], { started });
  assertEquals([code, stderr], [0, ""]);
  assertEquals((await findAsk(profile, id))?.answer?.text, "me");
});

Deno.test("callingWorker is null outside, says so where there is no ps, and survives broken records", async () => {
  await using profile = await tempProfile({
    files: { "workers/a/worker.json": "{", "workers/b/worker.json": '{"wrapper": 3}' },
  });
  assertEquals(await callingWorker(profile), null);
  const started = LONG_AGO;
  await tempWorker(profile, "fix-ci", { wrapper: { pid: 4_000_000, started } });
  assertEquals(await callingWorker(profile), null);
  assertEquals(profile.warnings, []);
  assertEquals(await callingWorker({ ...profile, environment: { PATH: "/nowhere" } }), null);
  assertStringIncludes(profile.warnings[0], "cannot check whether this runs inside a worker: ");
});

Deno.test("answerAsk itself asks nobody where it runs: the library is the person's own program", async () => {
  await using profile = await tempProfile({ env: { LOOOP_SESSION_ID: "fix-ci" } });
  await tempWorker(profile, "fix-ci");
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  assertEquals((await answerAsk(profile, id, "yes")).answer?.text, "yes");
});
