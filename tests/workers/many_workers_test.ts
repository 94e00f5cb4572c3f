import { assert, assertEquals } from "@std/assert";
import { answerAsk, deliverAnswer } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { raiseFlag } from "../../src/inbox/flags.ts";
import { raiseAsk } from "../../src/inbox/raise.ts";
import { awaitAnswer } from "../../src/inbox/wait.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { stopSession } from "../../src/workers/stop.ts";
import { marked, output, start, workerProfile } from "./worker_profile.ts";

/** Ids of which many begin like others. */
const IDS = Array.from({ length: 50 }, (_, i) => `fix${i < 25 ? "" : "-ci"}${i % 25}`);

Deno.test("50 workers are started, flagged, answered and killed at the same time", async () => {
  await using profile = await workerProfile();
  const theirs = `${profile.env("XDG_RUNTIME_DIR")}/theirs`;
  await output("tmux", ["-S", theirs, "-f", "/dev/null", "new-session", "-d", "-s", "looop-fix1"]);
  try {
    const started = await Promise.all(IDS.map((id) => start(profile, id, "sleep 300")));
    assertEquals((await listWorkers(profile)).filter(({ alive }) => alive).length, 50);

    await Promise.all(IDS.map((id) => raiseFlag(profile, id, `note of ${id}`)));
    const flagged = await listWorkers(profile);
    assertEquals(
      flagged.map(({ id, flag }) => [id, flag?.note]),
      IDS.toSorted().map((id) => [id, `note of ${id}`]),
    );

    const answers = await Promise.all(started.map(async ({ id, generation }) => {
      const ask = await raiseAsk(profile, { worker: id, generation, question: `What of ${id}?` });
      const waiting = awaitAnswer(profile, ask.id, { timeoutMs: 60_000 });
      await answerAsk(profile, ask.id, `answer to ${id}`);
      const answer = await waiting;
      await deliverAnswer(profile, ask.id);
      return answer.kind === "answered" ? answer.text : answer.kind;
    }));
    assertEquals(answers, IDS.map((id) => `answer to ${id}`));
    assertEquals((await listAsks(profile)).asks, []);

    // Those whose ids others begin with go first: nobody else may be hit.
    const [first, rest] = [IDS.slice(0, 25), IDS.slice(25)];
    await Promise.all(first.map((id) => stopSession(profile, id)));
    const left = (await listWorkers(profile)).filter(({ alive }) => alive).map(({ id }) => id);
    assertEquals(left, rest.toSorted());
    await Promise.all(rest.map((id) => stopSession(profile, id)));
    for (const { generation } of started) assertEquals(await marked(generation), []);
    const sessions = await output("tmux", ["-S", theirs, "list-sessions", "-F", "#{session_name}"]);
    assertEquals(sessions, "looop-fix1\n");
  } finally {
    await output("tmux", ["-S", theirs, "kill-server"]);
  }
});

Deno.test("listWorkers is not slowed by ended workers: 8 alive beside 500 of them, against 8 alone", async () => {
  await using profile = await workerProfile();
  const ids = IDS.slice(0, 8);
  await Promise.all(ids.map((id) => start(profile, id, "sleep 300")));
  const least = async () => {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const begun = performance.now();
      assertEquals((await listWorkers(profile)).length, 8);
      times.push(performance.now() - begun);
    }
    return Math.min(...times);
  };
  const alone = await least();
  const record = JSON.parse(await profile.read("workers/fix0/worker.json"));
  for (let i = 0; i < 500; i++) {
    const folder = `workers/ended/old${i}.g${i}`;
    await profile.write(
      `${folder}/worker.json`,
      JSON.stringify({ ...record, id: `old${i}`, generation: `g${i}` }),
    );
    await profile.write(
      `${folder}/exit.json`,
      JSON.stringify({ exit_code: 0, at: record.started_at, how: "exited" }),
    );
  }
  const beside = await least();
  console.log(
    `8 alive beside 500 ended: ${(beside / alone).toFixed(2)} × the time of 8 alive alone`,
  );
  assert(beside / alone < 1.5, `${beside} ms against ${alone} ms`);
  await Promise.all(ids.map((id) => stopSession(profile, id)));
});
