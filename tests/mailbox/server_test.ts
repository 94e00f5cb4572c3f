import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { listAsks } from "../../src/inbox/asks.ts";
import { readFlag } from "../../src/inbox/flags.ts";
import { receive } from "../../src/mailbox/server.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";

/** A profile with a worker that has the directories of one in a sandbox. */
async function withWorkers(...ids: string[]): Promise<TempProfile> {
  const profile = await tempProfile();
  for (const id of ids) {
    await tempWorker(profile, id, { sandbox: "bwrap", runner: "sh" });
    for (const dir of ["inbox", "replies"]) {
      await Deno.mkdir(join(profile.paths.workers, id, dir));
    }
  }
  return profile;
}

async function put(profile: TempProfile, id: string, messages: Record<string, unknown>) {
  for (const [name, message] of Object.entries(messages)) {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    await profile.write(`workers/${id}/inbox/${name}`, text);
  }
}

async function replies(profile: TempProfile, id: string): Promise<Record<string, unknown>> {
  const dir = join(profile.paths.workers, id, "replies");
  const found: Record<string, unknown> = {};
  for (const { name } of Deno.readDirSync(dir)) {
    found[name] = JSON.parse(await Deno.readTextFile(join(dir, name)));
  }
  return found;
}

function left(profile: TempProfile, id: string): string[] {
  return [...Deno.readDirSync(join(profile.paths.workers, id, "inbox"))].map(({ name }) => name)
    .sort();
}

Deno.test("receive carries out what a worker says, in order, and replies to each", async () => {
  await using profile = await withWorkers("fix");
  await put(profile, "fix", {
    "1.json": { say: "ask", question: "Tea?", options: ["yes", "no"] },
    "2.json": { say: "cost", usd: 0.5 },
    "3.json": { say: "propose", what: "playbook", body: "# New\n" },
    "4.json": { say: "propose", what: "playbook", body: "# New\n" },
    "5.json": { say: "flag", note: "look" },
    "6.json": { say: "unclaim", claim: "x" },
  });
  await receive(profile);
  const { asks } = await listAsks(profile);
  const [tea, proposal] = ["question", "approval"].map((kind) =>
    asks.find((ask) => ask.kind === kind)!
  );
  assertEquals([tea.worker, tea.run_id, tea.options], ["fix", "g1", ["yes", "no"]]);
  assertEquals(proposal.question, "Change PLAYBOOK.md? (proposed by worker fix)");
  assertEquals(await replies(profile, "fix"), {
    "1.json": { done: true, value: tea.id },
    "2.json": { done: true, value: "yes" },
    "3.json": { done: true, value: proposal.id },
    "4.json": {
      done: false,
      why: `cannot propose PLAYBOOK.md: ${proposal.id} already requests the same; see looop asks`,
    },
    "5.json": { done: true, value: null },
    "6.json": { done: true, value: null },
  });
  assertEquals((await readFlag(profile, "fix"))?.note, "look");
  assertEquals(JSON.parse(await profile.read("cost.jsonl")).cost_usd, 0.5);
  assertEquals(left(profile, "fix"), []);
  assertEquals([...Deno.readDirSync(profile.paths.heard)].map(({ name }) => name), ["fix.lock"]);
});

Deno.test("receive lets a worker speak for itself alone: its directory says who it is", async () => {
  await using profile = await withWorkers("fix", "mole");
  await put(profile, "fix", { "1.json": { say: "ask", question: "Tea?" } });
  await receive(profile);
  const [{ id }] = (await listAsks(profile)).asks;
  await put(profile, "mole", {
    "1.json": { say: "withdraw", ask: id },
    "2.json": { say: "delivered", ask: id },
    "3.json": { say: "flag", note: "x", worker: "fix" },
    "4.json": { say: "answer", ask: id, text: "yes" },
    "5.json": { say: "kill", worker: "fix" },
  });
  await receive(profile);
  const none = { done: false, why: `${id} is not an ask of worker mole` };
  assertEquals(await replies(profile, "mole"), { "1.json": none, "2.json": none });
  assertEquals((await listAsks(profile)).asks.map((ask) => [ask.id, ask.answer]), [[
    id,
    undefined,
  ]]);
  assertEquals((await readFlag(profile, "fix"))?.note, "Tea?");
  assertEquals(profile.warnings.length, 3);
});

Deno.test("receive drops what is no message, waits for nothing, follows nothing, and tells of it", async () => {
  await using profile = await withWorkers("mole", "fix");
  const inbox = join(profile.paths.workers, "mole", "inbox");
  await put(profile, "mole", {
    "1.json": "not json",
    "2.json": "[]",
    "3.json": JSON.stringify({ say: "flag", note: "x".repeat(1_000_001) }),
    "4.json": "",
    "5.json": { say: "cost", usd: -1 },
    "notes.txt": "no name of a message",
    ".hidden.json": { say: "flag" },
    "a b.json": { say: "flag" },
  });
  await profile.write("elsewhere.json", JSON.stringify({ say: "flag", note: "followed" }));
  await Deno.symlink(join(profile.paths.dataDir, "elsewhere.json"), join(inbox, "6.json"));
  await new Deno.Command("mkfifo", { args: [join(inbox, "7.json")] }).output();
  await Deno.mkdir(join(inbox, "8.json", ...Array(50).fill("deep")), { recursive: true });
  using _ = Deno.listen({ transport: "unix", path: join(inbox, "9.json") });
  await put(profile, "fix", { "1.json": { say: "flag", note: "heard" } });
  await within("the messages", receive(profile));
  assertEquals(await readFlag(profile, "mole"), null);
  assertEquals(await replies(profile, "mole"), {});
  assertEquals((await readFlag(profile, "fix"))?.note, "heard");
  assertEquals(left(profile, "mole"), [
    ...[".hidden.json", "6.json", "7.json", "8.json", "9.json", "a b.json", "notes.txt"],
  ]);
  assertEquals(
    new Set(profile.warnings),
    new Set(["dropped a file in the inbox of worker mole: it is not a message"]),
  );
  const events = (await profile.read("events.jsonl")).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(
    events.filter(({ event }) => event === "message_dropped").map(({ file }) => file),
    ["1.json", "2.json", "3.json", "4.json", "5.json"],
  );
});

Deno.test("receive takes a hundred messages at once, of one worker alone a thousand, and keeps five hundred replies", async () => {
  await using profile = await withWorkers("mole");
  const names = Array.from({ length: 1200 }, (_, i) => `${String(i).padStart(5, "0")}.json`);
  await put(profile, "mole", Object.fromEntries(names.map((name) => [name, { say: "unflag" }])));
  await receive(profile);
  assertEquals(left(profile, "mole"), names.slice(100));
  await receive(profile, "mole");
  assertEquals(left(profile, "mole"), names.slice(1100));
  await receive(profile);
  assertEquals(left(profile, "mole"), []);
  assertEquals(Object.keys(await replies(profile, "mole")).length, 500);
});

Deno.test("receive puts no more than fifty things of one worker before the person at once", async () => {
  await using profile = await withWorkers("mole", "fix");
  await put(
    profile,
    "mole",
    Object.fromEntries(Array.from({ length: 60 }, (_, i) => [
      `${String(i).padStart(2, "0")}.json`,
      i % 2 === 0
        ? { say: "ask", question: `Question ${i}?` }
        : { say: "propose", what: "goal", name: `goal-${i}`, body: "---\ngoal: more\n---\n" },
    ])),
  );
  await put(profile, "fix", { "1.json": { say: "ask", question: "Tea?" } });
  await receive(profile);
  assertEquals((await listAsks(profile)).asks.length, 51);
  assertEquals((await replies(profile, "mole"))["59.json"], {
    done: false,
    why: "cannot ask for mole: 50 of its asks and proposals are open already; wait for an answer",
  });
});

Deno.test("receive carries out what was taken before a crash, a cost not twice", async () => {
  await using profile = await withWorkers("fix");
  await profile.write(".looop/heard/fix.g1/1.json", JSON.stringify({ say: "flag", note: "late" }));
  await put(profile, "fix", { "2.json": { say: "cost", usd: 1 } });
  await Promise.all([receive(profile), receive(profile)]);
  assertEquals((await readFlag(profile, "fix"))?.note, "late");
  assertEquals((await profile.read("cost.jsonl")).trim().split("\n").length, 1);
});

Deno.test("receive says that too many files of an inbox are no messages", async () => {
  await using profile = await withWorkers("fix");
  for (let i = 0; i < 1001; i++) await profile.write(`workers/fix/inbox/x ${i}`, "");
  await receive(profile);
  assertEquals(profile.warnings, [
    "cannot receive from worker fix: its inbox has too many files that are no messages",
  ]);
});
