import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { closeWorkerAsks } from "../../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../../src/inbox/asks.ts";
import { readFlag } from "../../../src/inbox/flags.ts";
import type { Ask } from "../../../src/schema/ask.ts";
import { HOSTILE, tempWorker } from "../../inbox/temp_worker.ts";
import { cliOn } from "../../support/cli_on.ts";
import { eventually } from "../../support/eventually.ts";
import { looopOn } from "../../support/looop_on.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

async function profileWithWorker(): Promise<TempProfile> {
  const profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  return profile;
}

const open = async (profile: TempProfile): Promise<Ask[]> =>
  (await listAsks(profile)).asks.filter((ask) => !ask.answer);

async function untilAsked(profile: TempProfile, count = 1): Promise<Ask[]> {
  await eventually("it asks", async () => (await open(profile)).length === count);
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

  const second = cliOn(profile, args);
  assertEquals((await cliOn(profile, ["answer", ask.id, "main\nor next", "--other"])).status, 0);
  assertEquals(await second, { status: 0, stdout: "main\nor next\n", stderr: "" });
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
    /^looop: w\w{6} has no answer yet. Run the same command again to keep waiting\n/,
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
  const waiting = names.map((name) => cliOn(profile, ["ask", "fix-ci", `${name}?`]));
  const asks = await untilAsked(profile, 5);
  await Promise.all(asks.map(({ id, question }) => cliOn(profile, ["answer", id, question[0]])));
  const ends = await Promise.all(waiting);
  assertEquals(ends, names.map((name) => ({ status: 0, stdout: `${name}\n`, stderr: "" })));
  assertEquals(await readFlag(profile, "fix-ci"), null);
});

for (const [name, text] of Object.entries(HOSTILE)) {
  Deno.test(`looop ask passes question and answer on as they are: ${name}`, async () => {
    await using profile = await profileWithWorker();
    const asking = cliOn(profile, ["ask", "fix-ci", "-"], { input: text });
    const [ask] = await untilAsked(profile);
    assertEquals(ask.question, text);
    assertEquals((await cliOn(profile, ["answer", ask.id, "-"], { input: text })).status, 0);
    assertEquals((await asking).stdout, `${text}\n`);
    assertEquals(await profile.read("made").catch(() => "none"), "none");
  });
}

Deno.test("looop ask passes question and answer on as they are from stdin to stdout of processes", async () => {
  const { long, ...others } = HOSTILE;
  // Together they are just short enough for a question.
  const text = Object.values(others).join("\n") + long.slice(4000);
  await using profile = await profileWithWorker();
  await using asking = looopOn(profile, ["ask", "fix-ci", "-"], { input: text });
  const [ask] = await untilAsked(profile);
  assertEquals(ask.question, text);
  await using answering = looopOn(profile, ["answer", ask.id, "-"], { input: text });
  assertEquals((await answering.end).status, 0);
  assertEquals((await asking.end).stdout, `${text}\n`);
  assertEquals(await profile.read("made").catch(() => "none"), "none");
});

Deno.test("looop ask ends with status 1 once its worker has ended", async () => {
  await using profile = await profileWithWorker();
  const asking = cliOn(profile, ["ask", "fix-ci", "Tea?"]);
  const [{ id }] = await untilAsked(profile);
  await closeWorkerAsks(profile, "fix-ci", "g1");
  assertEquals(await asking, {
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
    "looop: cannot act for worker fix-ci: this process belongs to an earlier worker fix-ci, which has ended\n",
  );
  assertEquals(await open(profile), []);
});

/** The same profile, seen from inside a worker. */
function inside(profile: TempProfile, worker: string): TempProfile {
  return { ...profile, environment: { ...profile.environment, LOOOP_SESSION_ID: worker } };
}

Deno.test("looop claim gives a task to one holder, and says who that is", async () => {
  await using profile = await tempProfile();
  const [docs, fix] = [inside(profile, "docs"), inside(profile, "fix-ci")];
  const mine = { status: 0, stdout: "claimed issue-1 for docs\n", stderr: "" };
  assertEquals(await cliOn(docs, ["claim", "issue-1"]), mine);
  assertEquals(await cliOn(docs, ["claim", "issue-1"]), mine);
  const taken = await cliOn(fix, ["claim", "issue-1"]);
  assertEquals([taken.status, taken.stdout], [1, ""]);
  assertMatch(
    taken.stderr,
    /^looop: issue-1 is claimed by docs since \d{4}-\d\d-\d\d \d\d:\d\d\n$/,
  );
  assertEquals(await cliOn(fix, ["unclaim", "issue-1"]), {
    status: 1,
    stdout: "",
    stderr: "looop: cannot unclaim issue-1 for fix-ci: docs holds it\n",
  });
  assertEquals((await cliOn(docs, ["unclaim", "issue-1"])).stdout, "released issue-1\n");
  assertEquals((await cliOn(docs, ["unclaim", "issue-1"])).stdout, "issue-1 was not claimed\n");
});

Deno.test("looop claim of four processes at once is one's", async () => {
  await using profile = await tempProfile();
  const workers = Array.from({ length: 4 }, (_, i) => `worker-${i}`);
  const ends = await Promise.all(
    workers.map((worker) => looopOn(profile, ["claim", "issue-1"], { worker }).end),
  );
  const winners = workers.filter((_, i) => ends[i].status === 0);
  assertEquals(winners.length, 1);
  assertEquals(JSON.parse(await profile.read("claims/issue-1.json")).session, winners[0]);
});

Deno.test("looop claim is done by a person for a session that they name, by a worker for itself alone", async () => {
  await using profile = await tempProfile();
  const args = ["claim", "issue-1", "--session", "looop-docs"];
  assertEquals((await cliOn(profile, args)).stdout, "claimed issue-1 for docs\n");
  const nobody = await cliOn(profile, ["claim", "issue-2"]);
  assertEquals([nobody.status, nobody.stderr], [
    2,
    "looop: cannot claim issue-2: outside a worker, name the worker with --session ID\nusage: looop claim <name> [--session ID]\n",
  ]);
  const other = await cliOn(inside(profile, "fix-ci"), ["un" + args[0], ...args.slice(1)]);
  assertEquals(other.status, 1);
  assertMatch(other.stderr, /^looop: cannot unclaim issue-1 for docs from inside worker fix-ci: /);
  assertEquals((await cliOn(profile, ["claim", "../x", "--session", "docs"])).status, 1);
});

Deno.test("looop propose puts files before the person, the worker named", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(`${profile.root}/new.md`, "# Playbook\n\nBe kind.\n");
  const args = ["propose", "playbook", `${profile.root}/new.md`];
  const { status, stdout } = await cliOn(inside(profile, "setup"), args);
  assertEquals(status, 0);
  assertMatch(stdout, /^proposed: looop approve (p\w{6}) applies it\n$/);
  const goal = { input: "---\ngoal: Tea\n---\n" };
  assertEquals((await cliOn(profile, ["propose", "goal", "tea", "-"], goal)).status, 0);
  const sensor = { input: "#!/bin/sh\necho {}\n" };
  assertEquals((await cliOn(profile, ["propose", "sensor", "tea.sh", "-"], sensor)).status, 0);
  const schedule = { input: "every: 6h\n" };
  assertEquals((await cliOn(profile, ["propose", "schedule", "tea", "-"], schedule)).status, 0);
  const broken = await cliOn(profile, ["propose", "schedule", "tea", "-"], { input: "each: 6h\n" });
  assertEquals(broken.status, 1);
  assertMatch(broken.stderr, /^looop: cannot propose schedules\/tea\.yaml: .*each/);
  const { asks } = await listAsks(profile);
  assertEquals(asks.map(({ question }) => question), [
    "Change PLAYBOOK.md? (proposed by worker setup)",
    "Change goals/tea.md? (proposed)",
    "Change sensors/tea.sh? (proposed)",
    "Change schedules/tea.yaml? (proposed)",
  ]);
  assertStringIncludes(asks[0].approval?.preview ?? "", "+Be kind.");
  assertEquals(await profile.read("PLAYBOOK.md"), "# Playbook\n");
});

Deno.test("looop propose refuses what it cannot read or understand", async () => {
  await using profile = await tempProfile();
  const told = async (args: string[], input = "") => {
    const { status, stderr } = await cliOn(profile, ["propose", ...args], { input });
    return `${status} ${stderr.split("\n")[0]}`;
  };
  assertEquals(
    await told(["journal", "x"]),
    "2 looop: cannot propose journal; use playbook, goal, sensor or schedule",
  );
  assertEquals(await told(["goal", "x"]), "2 looop: missing argument <file|->");
  assertEquals(await told(["playbook", "x", "y"]), "2 looop: unexpected argument y");
  assertEquals(
    await told(["playbook", `${profile.root}/none.md`]),
    `1 looop: cannot propose ${profile.root}/none.md: the file does not exist`,
  );
  assertEquals(await told(["playbook", "-"], "\n"), "1 looop: cannot propose -: it is empty");
  assertEquals(
    await told(["playbook", "-"], "# Playbook\n"),
    "1 looop: cannot propose PLAYBOOK.md: it changes nothing",
  );
  assertEquals((await listAsks(profile)).asks, []);
});
