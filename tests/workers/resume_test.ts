import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { raiseAsk } from "../../src/inbox/flags.ts";
import { UserError } from "../../src/schema/errors.ts";
import { claim, listClaims } from "../../src/workers/claims.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { continueWorker } from "../../src/workers/resume.ts";
import { stopSession } from "../../src/workers/stop.ts";
import { readTranscript } from "../../src/workers/transcript.ts";
import { eventually } from "../support/eventually.ts";
import { marked, untilEnded, untilPrinted } from "../support/worker_profile.ts";
import { endProcesses, loseWorkers } from "./lose_worker.ts";
import { AGENT, begin, count, resumingProfile, tend, untilLogged } from "./resuming_profile.ts";

Deno.test("a worker that was lost continues its session once, after a minute, with the answers given meanwhile", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  const { generation } = worker;
  const [colour, size] = await Promise.all(
    ["Which colour?", "Which size?"].map((question) =>
      raiseAsk(profile, { worker: "a", generation, question })
    ),
  );
  await claim(profile, "wall", "a");
  await loseWorkers(profile, worker);

  assertEquals(await tend(profile), ["a resuming"]);
  await answerAsk(profile, colour.id, "blue, not red");
  assertEquals(await tend(profile), ["a resuming"]);
  assertEquals(await profile.read("log"), "begun\n");
  assertEquals((await listClaims(profile)).claims.map(({ name }) => name), ["wall"]);

  profile.later(1.1);
  assertEquals(await tend(profile), ["a waiting"]);
  await untilLogged(profile, "Go on");
  for (let i = 0; i < 3; i++) assertEquals(await tend(profile), ["a waiting"]);
  assertEquals(
    await profile.read("log"),
    `begun
continued
Your session was interrupted. It continues now. A command that was running may be half done: check the state of your work before you go on.

You asked: Which colour?
Your user has answered: blue, not red

Not answered yet; to wait for the answer, run the same command again:
- Which size?

Go on with your task.
`,
  );
  assertEquals((await findAsk(profile, colour.id))?.closed_by, "delivered");
  // It keeps its generation, so that the open question is still its own.
  const again = await raiseAsk(profile, { worker: "a", generation, question: "Which size?" });
  assertEquals(again.id, size.id);
  assertEquals((await listClaims(profile)).claims.map(({ name }) => name), ["wall"]);
  const text = await readTranscript(profile, "a");
  assertEquals(text, "up\nup again\n");
  const events = await profile.read("events.jsonl");
  assertEquals([count(events, `"worker_lost"`), count(events, `"worker_resumed"`)], [1, 1]);
});

Deno.test("answers are repeated to an agent that was lost soon after it had them, and not after an hour", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  const { id } = await raiseAsk(profile, {
    ...{ worker: "a", generation: worker.generation, question: "Which colour?" },
  });
  const loseAndContinue = async (times: number) => {
    await loseWorkers(profile, worker);
    assertEquals(await tend(profile), ["a resuming"]);
    if (times === 1) await answerAsk(profile, id, "blue");
    profile.later(6);
    assertEquals(await tend(profile), ["a running"]);
    await eventually("it goes on", async () => count(await profile.read("log"), "Go on") === times);
    return count(await profile.read("log"), "Your user has answered: blue");
  };
  assertEquals(await loseAndContinue(1), 1);
  assertEquals(await loseAndContinue(2), 2);
  profile.later(61);
  assertEquals(await loseAndContinue(3), 2);
  assertEquals((await findAsk(profile, id))?.closed_by, "delivered");
  assertEquals(count(await profile.read("events.jsonl"), `"delivered"`), 1);
});

Deno.test("a worker is continued after 1, 5 and 25 minutes, and stays lost after that; an hour of work begins anew", async () => {
  await using profile = await resumingProfile();
  let worker = await begin(profile);
  const lose = async () => {
    await loseWorkers(profile, worker);
    return await tend(profile);
  };
  for (const [i, minutes] of [1, 5, 25, 1, 5, 25].entries()) {
    // The hour before the fourth time.
    if (i === 3) profile.later(61);
    assertEquals(await lose(), ["a resuming"]);
    profile.later(minutes - 0.2);
    assertEquals(await tend(profile), ["a resuming"], `${minutes}`);
    profile.later(0.4);
    assertEquals(await tend(profile), ["a running"], `${minutes}`);
    [worker] = await listWorkers(profile);
  }
  await untilLogged(profile, "continued");
  assertEquals(await lose(), ["a lost"]);
  assertEquals(JSON.parse(await profile.read("workers/a/exit.json")).how, "lost");
  profile.later(600);
  assertEquals(await tend(profile), ["a lost"]);
});

Deno.test("a lost worker whose verify passes is done, and one whose verify fails is verified again at its end", async () => {
  await using profile = await resumingProfile();
  const made = await begin(profile, "made", { verify: "test -e made" });
  const later = await begin(profile, "later", { verify: "echo run >>verified; test -e later" });
  await profile.write("made", "");
  await loseWorkers(profile, made, later);
  assertEquals(await tend(profile), ["later resuming", "made done"]);
  assertEquals(JSON.parse(await profile.read("workers/made/exit.json")).how, "verified");
  await profile.write("later", "");
  profile.later(2);
  assertEquals(await tend(profile), ["later running", "made done"]);
  await untilPrinted(profile, "later", /again/);
  await stopSession(profile, "later");
  await tend(profile);
  const [{ verification }] = await listWorkers(profile);
  assertEquals([verification?.passed, await profile.read("verified")], [true, "run\nrun\n"]);
});

Deno.test("what is killed from outside while its terminal lives is continued too: an agent alone, or all of it", async () => {
  await using profile = await resumingProfile({
    mine: { ...AGENT, worker: "echo $$ >pid; echo up; exec sleep 600" },
  });
  const all = await begin(profile, "all");
  await begin(profile, "agent");
  const pid = (await profile.read("pid")).trim();
  await new Deno.Command("kill", { args: ["-KILL", pid] }).output();
  await endProcesses(all);
  await eventually("both are lost", async () => {
    return (await listWorkers(profile)).every(({ state }) => state === "resuming");
  });
  assertEquals(await tend(profile), ["agent resuming", "all resuming"]);
  profile.later(2);
  assertEquals(await tend(profile), ["agent running", "all running"]);
});

Deno.test("a shutdown that ends an agent with TERM before its wrapper loses the worker, and a status of its own does not", async () => {
  await using profile = await resumingProfile();
  const [shut, own] = [await begin(profile, "shut"), await begin(profile, "own")];
  await loseWorkers(profile, shut, own);
  await profile.write("workers/shut/status", "143");
  await profile.write("workers/own/status", "3");
  assertEquals(await tend(profile), ["own failed", "shut resuming"]);
});

Deno.test("a worker without a command that resumes stays lost, and so does one on another machine", async () => {
  await using profile = await resumingProfile({ mine: { worker: AGENT.worker }, can: AGENT });
  const fixed = await begin(profile);
  const copied = await begin(profile, "b", { runner: "can" });
  await loseWorkers(profile, fixed, copied);
  // Its prompt is not in git.
  await Deno.remove(`${profile.paths.workers}/b/prompt.md`);
  assertEquals(await tend(profile), ["a lost", "b lost"]);
});

Deno.test("killing a worker that is to be continued ends it for good", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  await loseWorkers(profile, worker);
  assertEquals(await tend(profile), ["a resuming"]);
  assertEquals((await stopSession(profile, "a")).how, "killed");
  profile.later(2);
  assertEquals(await tend(profile), ["a killed"]);
  assertEquals(await profile.read("log"), "begun\n");
});

Deno.test("a continuation that fails is one more loss, and says why", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  await loseWorkers(profile, worker);
  await tend(profile);
  const without = { ...profile, env: (name: string) => name === "PATH" ? "/nowhere" : undefined };
  for (const minutes of [1, 5, 25]) {
    profile.later(minutes + 0.1);
    const expected = minutes === 25 ? "a lost" : "a resuming";
    assertEquals(await tend(without), [expected]);
  }
  assertEquals(profile.warnings.length, 3);
  assertStringIncludes(profile.warnings[0], "cannot continue worker a: cannot open a session: ");
});

Deno.test("a budget that is used up postpones a continuation, and costs no attempt", async () => {
  await using profile = await resumingProfile();
  const worker = await begin(profile);
  await loseWorkers(profile, worker);
  await tend(profile);
  profile.later(1.1);
  const { budget } = profile.config;
  const broke = {
    ...profile,
    config: { ...profile.config, budget: { ...budget, usd_per_day: 0 } },
  };
  for (let i = 0; i < 5; i++) assertEquals(await tend(broke), ["a resuming"]);
  assertEquals(await tend(profile), ["a running"]);
});

Deno.test("continueWorker continues at once what was lost, is orphaned or is to be continued, and nothing else", async () => {
  await using profile = await resumingProfile();
  const refuse = async (id: string) =>
    (await assertRejects(() => continueWorker(profile, id), UserError)).message;
  const worker = await begin(profile);
  assertEquals(await refuse("a"), "cannot continue worker a: it is running; looop attach a");
  assertEquals(await refuse("none"), "there is no worker none: looop ls lists them");

  await loseWorkers(profile, worker);
  assertEquals(await continueWorker(profile, "a"), true);
  await untilLogged(profile, "Go on");
  assertEquals(await tend(profile), ["a running"]);

  const { pid } = JSON.parse(await profile.read(".looop/tmux.json"));
  await new Deno.Command("kill", { args: ["-KILL", String(pid)] }).output();
  await eventually("it is orphaned", async () => {
    return (await listWorkers(profile))[0].state === "orphaned";
  });
  const [old] = await marked(worker.generation);
  assertEquals(await continueWorker(profile, "a"), true);
  assertEquals((await marked(worker.generation)).includes(old), false);
  assertEquals(await tend(profile), ["a running"]);

  await stopSession(profile, "a");
  await untilEnded(profile, "a");
  assertEquals(
    await refuse("a"),
    "cannot continue worker a: it has ended (killed); looop start-session starts a new one",
  );
});

Deno.test("continueWorker starts what cannot continue anew, with its report so far, even once it was given up", async () => {
  await using profile = await resumingProfile({
    mine: { worker: "cat {{prompt_file}} >>log; echo up; sleep 600" },
  });
  const worker = await begin(profile);
  await profile.write("reports/a.md", "half painted");
  await loseWorkers(profile, worker);
  assertEquals(await tend(profile), ["a lost"]);
  assertEquals(await continueWorker(profile, "a"), false);
  await untilLogged(profile, "Go on");
  const { dataDir } = profile.paths;
  const log = await profile.read("log");
  assertStringIncludes(log, `Read all of the file ${dataDir}/workers/a/prompt.md: it describes`);
  assertStringIncludes(log, `The report so far is ${dataDir}/reports/a.md: read it first.`);
  assertEquals(await tend(profile), ["a running"]);
  assert(!(await profile.read("workers/a/prompt.md")).includes("You take over"));
});
