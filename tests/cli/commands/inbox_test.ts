import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findAsk, writeAsk } from "../../../src/inbox/asks.ts";
import { raiseAsk } from "../../../src/inbox/flags.ts";
import type { waitForUser } from "../../../src/inbox/wait.ts";
import { tryLock } from "../../../src/os/lock.ts";
import type { Ask } from "../../../src/schema/ask.ts";
import { tempWorker } from "../../inbox/temp_worker.ts";
import { cliOn } from "../../support/cli_on.ts";
import { looopOn } from "../../support/looop_on.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

const ask = (profile: TempProfile, question: string, options?: string[]) =>
  raiseAsk(profile, { worker: "fix-ci", generation: "g1", question, options });

const questionOf = (id: string): Ask => ({
  ...{ id, kind: "question", question: `${id}?`, asked_at: "2026-11-23T08:00:00.000Z" },
  run_id: "r1",
});

const approvalOf = (id: string): Ask => ({
  ...questionOf(id),
  kind: "approval",
  approval: {
    move: { action: "run", command: "make", journal: "made it" },
    ...{ move_sha256: "0".repeat(64), digests: {}, preview: "$ make" },
    expires_at: "2999-11-24T09:00:00.000Z",
  },
});

Deno.test("looop wait blocks until something new needs a human, and never tells the same twice", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const stopped = await cliOn(profile, ["wait", "--json"]);
  const first: Awaited<ReturnType<typeof waitForUser>> = JSON.parse(stopped.stdout);
  assertEquals([stopped.status, first.items.map(({ kind }) => kind)], [2, ["pulse"]]);
  await using waiting = looopOn(profile, ["wait", "--json", "--since", first.cursor]);
  const { id } = await ask(profile, "Tea?");
  const { status, stdout } = await waiting.end;
  const second: Awaited<ReturnType<typeof waitForUser>> = JSON.parse(stdout);
  assertEquals([status, second.items.map(({ key }) => key)], [0, [`ask:${id}`]]);
  const args = ["wait", "--since", second.cursor, "--timeout", "0.1"];
  assertEquals(await cliOn(profile, args), {
    status: 1,
    stdout: "",
    stderr: "looop: nothing new needs you\n",
  });
  assertEquals(await cliOn(profile, [...args, "--json"]), {
    status: 1,
    stdout: JSON.stringify({ items: [], cursor: second.cursor, pulse_running: false }, null, 2) +
      "\n",
    stderr: "",
  });
});

Deno.test("looop wait shows each thing with what to do, and how to wait for the next", async () => {
  await using profile = await tempProfile();
  await tempWorker(profile, "fix-ci");
  const { id } = await ask(profile, "Tea?\n\u001b[2J", ["green", "black"]);
  const { stdout } = await cliOn(profile, ["wait", "--asks"]);
  const lines = stdout.trimEnd().split("\n");
  assertMatch(lines.pop() ?? "", /^next: looop wait --asks --since 1\.[0-9a-f]{12}$/);
  assertEquals(lines, [
    `⚑ worker fix-ci asks: ${id} (question)`,
    "  │ Tea?",
    "  │ \\x1b[2J",
    "  - green",
    "  - black",
    `  looop answer ${id}`,
    "  looop attach fix-ci",
  ]);
});

Deno.test("looop wait wakes for new journal lines and changed goals, says what changed, and exits 2 without a pulse", async () => {
  const goal = (text: string) => `---\ngoal: ${text}\n---\n`;
  await using profile = await tempProfile({
    files: { "goals/tea.md": goal("tea"), "goals/old.md": goal("old"), "journal.md": "" },
    history: false,
  });
  const wait = async (...args: string[]) => {
    const { status, stdout } = await cliOn(profile, ["wait", "--json", ...args]);
    const { items, cursor } = JSON.parse(stdout);
    return { status, texts: items.map(({ text }: { text: string }) => text), cursor };
  };
  const both = ["--journal", "--goals"];
  // Nothing would change.
  const down = await cliOn(profile, ["wait", "--goals"]);
  assertEquals([down.status, down.stdout, down.stderr], [
    2,
    "",
    "looop: no pulse is running; start one with looop up\n",
  ]);
  const lock = await tryLock(profile.paths.pulseLock, "1\n");
  const first = await wait(...both, "--timeout", "0.1");
  assertEquals([first.status, first.texts], [1, []]);
  await using waiting = looopOn(profile, ["wait", "--json", ...both, "--since", first.cursor]);
  await cliOn(profile, ["goal", "write", "tea", "-"], { input: goal("green tea") });
  assertEquals((await waiting.end).status, 0);
  await cliOn(profile, ["goal", "write", "new", "-"], { input: goal("new") });
  await cliOn(profile, ["goal", "archive", "old"]);
  const since = ["--since", first.cursor];
  const second = await wait(...both, ...since);
  assertEquals([second.status, second.texts.sort()], [0, [
    "archived goals/old.md",
    "goal new added",
    "goal old archived",
    "goal tea changed",
    "wrote goals/new.md",
    "wrote goals/tea.md",
  ]]);
  const third = await wait(...both, "--since", second.cursor, "--timeout", "0.1");
  assertEquals([third.status, third.texts, third.cursor], [1, [], second.cursor]);
  assertEquals((await wait("--journal", ...since)).texts.length, 3);
  assertEquals((await wait("--goals", "--asks", ...since)).texts.length, 3);
  const { stdout } = await cliOn(profile, ["wait", "--goals", ...since]);
  assertMatch(
    stdout,
    /^goal new added\ngoal tea changed\ngoal old archived\nnext: looop wait --goals --since 1\./,
  );
  lock?.[Symbol.dispose]();
  const last = await wait(...both, "--since", second.cursor);
  assertEquals([last.status, last.texts], [2, []]);
  for (const wrong of ["1..jx", "1..g12", "1..j1.j2"]) {
    assertEquals((await cliOn(profile, ["wait", "--goals", "--since", wrong])).status, 1);
  }
});

Deno.test("looop wait refuses what is no cursor and no time", async () => {
  await using profile = await tempProfile();
  const wrong = await cliOn(profile, ["wait", "--since", "yesterday"]);
  assertEquals([wrong.status, wrong.stdout], [1, ""]);
  assertEquals((await cliOn(profile, ["wait", "--timeout", "soon"])).status, 2);
});

Deno.test("looop answer, approve and reject without an id take the only open ask, and list several", async () => {
  await using profile = await tempProfile({ history: false });
  await tempWorker(profile, "fix-ci");
  const nothing = await cliOn(profile, ["answer", "yes"]);
  assertEquals([nothing.status, nothing.stderr], [1, "looop: nothing needs you\n"]);
  const first = await ask(profile, "Tea?", ["Green", "Black"]);
  assertEquals(
    (await cliOn(profile, ["answer", "green"])).stdout.split(":")[0],
    `answered ${first.id} with "Green"`,
  );
  await writeAsk(profile, approvalOf("1a2b3c"));
  await writeAsk(profile, approvalOf("1a9fff"));
  for (
    const args of [["answer", "yes"], ["answer"], ["approve"], ["reject"], ["reject", "too big"]]
  ) {
    const { status, stdout, stderr } = await cliOn(profile, args);
    assertEquals([status, stderr], [
      1,
      "looop: 2 are open: give the id of one, or the beginning of its id\n",
    ]);
    assertStringIncludes(stdout, "  looop reject 1a2b3c ");
    assertStringIncludes(stdout, "  looop reject 1a9fff ");
  }
  const rejected = await cliOn(profile, ["answer", "1a9", "Deny"]);
  assertMatch(
    rejected.stdout,
    /^REJECTED 1a9fff \(run: made it\): the loop picks it up at the next tick /,
  );
  assertEquals((await findAsk(profile, "1a9fff"))?.answer?.text, "no");
  const why = await cliOn(profile, ["reject", "too big"]);
  assertMatch(why.stdout, /^REJECTED 1a2b3c /);
  assertEquals((await findAsk(profile, "1a2b3c"))?.answer?.text, "no: too big");
  assertEquals(
    (await cliOn(profile, ["approve"])).stderr,
    "looop: no move waits for your approval\n",
  );
});

Deno.test("looop answer takes one word that begins the id of an open ask for that id, never for an answer", async () => {
  await using profile = await tempProfile({ history: false });
  await writeAsk(profile, questionOf("1a2b3c"));
  for (const word of ["1a2b3c", "1a2b", "1a2"]) {
    assertEquals(await cliOn(profile, ["answer", word]), {
      status: 2,
      stdout: "",
      stderr: `looop: missing argument <text>: the answer to ${word}\n` +
        "usage: looop answer [ask-id] [text|-] [--other]\n",
    });
  }
  // That of another ask, which is not open.
  const other = await cliOn(profile, ["answer", "7f7f7f"]);
  assertEquals([other.status, (await findAsk(profile, "1a2b3c"))?.answer], [2, undefined]);
  assertEquals((await cliOn(profile, ["answer", "1a"])).status, 0);
  assertEquals((await findAsk(profile, "1a2b3c"))?.answer?.text, "1a");
});

Deno.test("looop answer tells what an approval takes, instead of taking any text for a no", async () => {
  await using profile = await tempProfile({ history: false });
  await writeAsk(profile, approvalOf("1a2b3c"));
  const unclear = await cliOn(profile, ["answer", "1a2b", "go ahead"]);
  assertEquals([unclear.status, unclear.stderr], [
    1,
    'looop: cannot answer 1a2b3c: it is an approval, and "go ahead" is neither yes nor no; ' +
    'run looop approve 1a2b3c, or looop reject 1a2b3c "reason"\n',
  ]);
  assertEquals((await findAsk(profile, "1a2b3c"))?.answer, undefined);
});

Deno.test("looop asks shows one by the beginning of its id, and --close closes it unanswered", async () => {
  await using profile = await tempProfile({ history: false });
  await tempWorker(profile, "fix-ci");
  await writeAsk(profile, questionOf("1a2b3c"));
  const { id } = await ask(profile, "Tea?");
  const shown = await cliOn(profile, ["asks", "1a2", "--json"]);
  assertEquals(JSON.parse(shown.stdout).map((ask: { id: string }) => ask.id), ["1a2b3c"]);
  assertEquals((await cliOn(profile, ["asks", "7f7f7f"])).status, 1);
  assertEquals((await cliOn(profile, ["asks", "--close"])).status, 1);
  assertEquals(
    (await cliOn(profile, ["asks", id, "--close"])).stdout,
    `closed ${id} unanswered: worker fix-ci goes on without an answer\n`,
  );
  assertEquals((await cliOn(profile, ["asks", "--close"])).stdout, "closed 1a2b3c unanswered\n");
  assertEquals((await cliOn(profile, ["asks"])).stdout, "nothing needs you\n");
});

Deno.test("looop snooze puts an ask off, and looop asks lists it last with the time", async () => {
  await using profile = await tempProfile({ history: false });
  for (const id of ["1a2b3c", "2b3c4d"]) await writeAsk(profile, questionOf(id));
  const { stdout } = await cliOn(profile, ["snooze", "1a", "2h"]);
  assertMatch(
    stdout,
    /^snoozed 1a2b3c until \d{4}-\d\d-\d\d \d\d:\d\d; looop asks lists it meanwhile\n$/,
  );
  const heads = (await cliOn(profile, ["asks"])).stdout.split("\n").filter((line) =>
    /^\w/.test(line)
  );
  assertMatch(
    heads.join("\n"),
    /^2b3c4d {2}question of looop, asked \S+ \S+ ago\n1a2b3c .* ago, snoozed until [-\d]+ [:\d]+$/,
  );
  assertEquals((await cliOn(profile, ["snooze", "1a", "soon"])).status, 2);
  for (const id of ["2b3c4d", "1a2b3c"]) {
    assertStringIncludes((await cliOn(profile, ["asks", "--close"])).stdout, `closed ${id}`);
  }
});
