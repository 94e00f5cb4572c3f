import { assertEquals, assertMatch } from "@std/assert";
import { closeWorkerAsks, findAsk, listAsks } from "../../src/inbox/asks.ts";
import { readFlag } from "../../src/inbox/flags.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { eventually } from "../eventually.ts";
import { HOSTILE, tempWorker } from "../humans/temp_worker.ts";
import { type TempProfile, tempProfile } from "../profile/temp_profile.ts";
import { cliOn } from "./cli_on.ts";
import { looopOn } from "./looop_on.ts";

async function profileWithWorker(): Promise<TempProfile> {
  const profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  return profile;
}

const open = async (profile: TempProfile): Promise<Ask[]> =>
  (await listAsks(profile)).asks.filter((ask) => !ask.answer);

async function untilAsked(profile: TempProfile, count = 1): Promise<Ask[]> {
  await eventually("it asks", async () => (await open(profile)).length === count, 20_000);
  return await open(profile);
}

Deno.test("looop ask killed with -9 and run again waits on for the same ask, and prints its answer alone", async () => {
  await using profile = await profileWithWorker();
  const args = [
    "ask",
    "looop-fix-ci",
    "Which?",
    "--options",
    "main, next",
    "--ref",
    "reports/a.md",
  ];
  await using first = looopOn(profile, args);
  const [ask] = await untilAsked(profile);
  assertEquals([ask.worker, ask.run_id, ask.options, ask.ref], [
    "fix-ci",
    "g1",
    ["main", "next"],
    "reports/a.md",
  ]);
  // It asks first, and raises the flag then.
  await eventually("its flag", async () => await readFlag(profile, "fix-ci") !== null);
  first.kill("SIGKILL");
  assertEquals((await first.end).stdout, "");
  assertEquals((await readFlag(profile, "fix-ci"))?.ask, ask.id);

  await using second = looopOn(profile, args);
  assertEquals((await cliOn(profile, ["answer", ask.id, "main\nor next"])).status, 0);
  assertEquals(await second.end, { status: 0, stdout: "main\nor next\n", stderr: "" });
  assertEquals((await findAsk(profile, ask.id))?.closed_by, "delivered");
  assertEquals(await readFlag(profile, "fix-ci"), null);
});

Deno.test("looop ask gives an answer that came while nobody waited, once", async () => {
  await using profile = await profileWithWorker();
  const args = ["ask", "fix-ci", "Tea?", "--timeout", "0.1"];
  const { status, stdout, stderr } = await cliOn(profile, args);
  assertEquals([status, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^looop: w\w{6} is not answered yet: the same command again goes on waiting\n/,
  );
  const [{ id }] = await open(profile);
  await cliOn(profile, ["answer", id, "yes"]);
  assertEquals(await cliOn(profile, args), { status: 0, stdout: "yes\n", stderr: "" });
  assertEquals((await cliOn(profile, args)).status, 1);
  assertEquals((await open(profile)).map((ask) => ask.id === id), [false]);
});

Deno.test("looop ask keeps five questions that wait at once apart", async () => {
  await using profile = await profileWithWorker();
  const names = ["a", "b", "c", "d", "e"];
  const waiting = names.map((name) => looopOn(profile, ["ask", "fix-ci", `${name}?`]));
  const asks = await untilAsked(profile, 5);
  await Promise.all(asks.map(({ id, question }) => cliOn(profile, ["answer", id, question[0]])));
  const ends = await Promise.all(waiting.map(({ end }) => end));
  assertEquals(ends, names.map((name) => ({ status: 0, stdout: `${name}\n`, stderr: "" })));
  assertEquals(await readFlag(profile, "fix-ci"), null);
});

for (const [name, text] of Object.entries(HOSTILE)) {
  Deno.test(`looop ask passes question and answer on as they are: ${name}`, async () => {
    await using profile = await profileWithWorker();
    await using asking = looopOn(profile, ["ask", "fix-ci", "-"], { input: text });
    const [ask] = await untilAsked(profile);
    assertEquals(ask.question, text);
    await using answering = looopOn(profile, ["answer", ask.id, "-"], { input: text });
    assertEquals((await answering.end).status, 0);
    assertEquals((await asking.end).stdout, `${text}\n`);
    assertEquals(await profile.read("made").catch(() => "none"), "none");
  });
}

Deno.test("looop ask ends with status 1 once its worker has ended", async () => {
  await using profile = await profileWithWorker();
  await using asking = looopOn(profile, ["ask", "fix-ci", "Tea?"]);
  const [{ id }] = await untilAsked(profile);
  await closeWorkerAsks(profile, "fix-ci", "g1");
  assertEquals(await asking.end, {
    status: 1,
    stdout: "",
    stderr: `looop: ${id} is closed without an answer: orphaned\n`,
  });
  await profile.write("workers/fix-ci/exit.json", "{}");
  assertEquals(
    (await cliOn(profile, ["ask", "fix-ci", "Tea?"])).stderr,
    "looop: cannot ask for fix-ci: it has ended\n",
  );
});

Deno.test("looop ask refuses who is no worker, what an earlier one left running, and an empty question", async () => {
  await using profile = await profileWithWorker();
  const told = async (...args: string[]) => {
    const { status, stderr } = await cliOn(profile, ["ask", ...args]);
    return `${status} ${stderr}`;
  };
  const none = (id: string) => `1 looop: there is no worker ${id}: looop ls lists them\n`;
  assertEquals(await told("docs", "Tea?"), none("docs"));
  assertEquals(await told("../fix-ci", "Tea?"), none("../fix-ci"));
  assertEquals(
    await told("fix-ci", " "),
    "1 looop: cannot ask for fix-ci: the question is empty\n",
  );
  assertEquals(
    await told("fix-ci", "Tea?", "--options", "a,,b"),
    "1 looop: cannot ask for fix-ci: an option is empty\n",
  );
  const variables: Record<string, string> = {
    LOOOP_SESSION_ID: "fix-ci",
    LOOOP_GENERATION: "g0",
  };
  const left = { ...profile, environment: { ...profile.environment, ...variables } };
  assertEquals(
    (await cliOn(left, ["ask", "fix-ci", "Tea?"])).stderr, // as its environment says
    "looop: this is what is left of an earlier worker fix-ci: it has ended\n",
  );
  assertEquals(await open(profile), []);
});
