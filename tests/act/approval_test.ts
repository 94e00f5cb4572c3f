import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { answerAsk, approveAsk, rejectAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { commitForClone } from "../../src/loop/handoff.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { profileId } from "../../src/profile/markers.ts";
import { UserError } from "../../src/schema/errors.ts";
import { localDateTime } from "../../src/schema/text.ts";
import type { Move } from "../../src/schema/move.ts";
import { git } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const touch: Move = {
  ...{ action: "run", command: "touch made; echo done", journal: "touched made" },
  more: true,
};

Deno.test("a move that needs a yes waits for it, and is made once, without a decider", async () => {
  await using profile = await tempProfile({ history: false });
  const decider = scripted(touch);
  const asked = await tickOnce(profile, { decider: decider.decide });
  assert(asked.outcome === "moved");
  assertEquals(asked.result.status, "asked");
  const id = asked.result.ask_id ?? "";
  const ask = await findAsk(profile, id);
  const preview = `$ touch made; echo done\nin ${profile.paths.dataDir}, read by bash`;
  assertEquals(ask?.approval?.preview, preview);
  assertEquals(ask?.approval?.move, touch);
  assertStringIncludes(asked.journal, `wants to run, needs your approval: ${id}: touched made`);
  await tickOnce(profile, { decider: decider.decide });
  assertEquals(decider.prompts.length, 2);

  await approveAsk(profile, id);
  const made = await tickOnce(profile, { decider: decider.decide });
  assert(made.outcome === "moved");
  assertEquals(made.result.output_tail, "done");
  assertStringIncludes(made.journal, `touched made (approved ${id})`);
  assertEquals(decider.prompts.length, 2);
  await Deno.remove(join(profile.paths.dataDir, "made"));

  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(decider.prompts[2], "$ touch made; echo done\ndone");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  assertEquals(await Deno.stat(join(profile.paths.dataDir, "made")).catch(() => null), null);
  assertEquals((await listAsks(profile)).asks, []);
  assertEquals((await findAsk(profile, id))?.closed_by, made.run_id);
});

Deno.test("a no wakes the loop once, with the reason", async () => {
  await using profile = await tempProfile({ history: false });
  const decider = scripted(touch);
  const asked = await tickOnce(profile, { decider: decider.decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  await tickOnce(profile, { decider: decider.decide });
  await rejectAsk(profile, id, "not on my machine");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertStringIncludes(decider.prompts[2], "answer of the user: no: not on my machine");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  assertEquals(await Deno.stat(join(profile.paths.dataDir, "made")).catch(() => null), null);
});

Deno.test("an answer to a question wakes the loop once and reaches the decider", async () => {
  await using profile = await tempProfile({ history: false });
  const question = {
    action: "ask",
    question: "Tea or coffee?",
    journal: "asked",
    more: false,
  } as const;
  const decider = scripted(question);
  const asked = await tickOnce(profile, { decider: decider.decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  await answerAsk(profile, id, "tea, please");
  await tickOnce(profile, { decider: decider.decide });
  assertStringIncludes(decider.prompts[1], "answer of the user: tea, please");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
});

Deno.test("answerAsk takes the first of many answers given at once", async () => {
  await using profile = await tempProfile({ history: false });
  const decider = scripted({ action: "ask", question: "Which?", journal: "asked" });
  const asked = await tickOnce(profile, { decider: decider.decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => answerAsk(profile, id, `answer ${i}`)),
  );
  assertEquals(all.filter(({ status }) => status === "fulfilled").length, 1);
  const second = await assertRejects(() => answerAsk(profile, id, "late"), UserError);
  assertStringIncludes(second.message, `${id} was already answered on `);
});

Deno.test("answerAsk, approveAsk and rejectAsk refuse what they cannot answer", async () => {
  await using profile = await tempProfile({ history: false });
  await assertRejects(() => answerAsk(profile, "nope", "x"), UserError, "there is no ask nope");
  const decider = scripted({ action: "ask", question: "Which?", journal: "asked" });
  const asked = await tickOnce(profile, { decider: decider.decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  await assertRejects(() => approveAsk(profile, id), UserError, "is a question, not an approval");
  await assertRejects(() => answerAsk(profile, id, " \n"), UserError, "the answer is empty");
});

Deno.test("an approval runs out after 24 hours: a late yes is refused, and the file is closed", async () => {
  let now = new Date("2026-11-23T09:00:00Z");
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  await using profile = await tempProfile({ clock, history: false });
  const decider = scripted(touch);
  const asked = await tickOnce(profile, { decider: decider.decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  now = new Date("2026-11-24T09:00:01Z");
  await assertRejects(
    () => approveAsk(profile, id),
    UserError,
    `expired on ${localDateTime("2026-11-24T09:00:00Z")}: the loop`,
  );
  await tickOnce(profile, { decider: decider.decide });
  assertEquals((await listAsks(profile)).asks, []);
});

Deno.test("an approved write whose file changed meanwhile fails and leaves the file alone", async () => {
  await using profile = await tempProfile({ history: false });
  const decider = scripted({ action: "write_playbook", body: "# Theirs\n", journal: "rewrote" });
  const asked = await tickOnce(profile, { decider: decider.decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  assertStringIncludes(
    (await findAsk(profile, id))?.approval?.preview ?? "",
    "-# Playbook\n+# Theirs\n",
  );
  await profile.write("PLAYBOOK.md", "# Mine\n");
  await approveAsk(profile, id);
  const made = await tickOnce(profile, { decider: decider.decide });
  assert(made.outcome === "moved");
  assertEquals(made.result.status, "failed");
  assertEquals(await profile.read("PLAYBOOK.md"), "# Mine\n");
});

Deno.test("approveAsk refuses an ask that was copied from another profile, or made by hand", async () => {
  await using profile = await tempProfile();
  await using other = await tempProfile();
  const asked = await tickOnce(other, { decider: scripted(touch).decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  const ask = JSON.parse(await other.read(`asks/${id}.json`));
  const put = (approval: object) =>
    profile.write(`asks/${id}.json`, JSON.stringify({ ...ask, approval }));
  const refused = async () =>
    (await assertRejects(() => approveAsk(profile, id), UserError)).message;
  const because = (why: string) =>
    `cannot approve ${id}: ${why}. Reject it so that looop can ask again.`;

  await put(ask.approval);
  assertEquals(await refused(), because("it was requested in another profile"));
  await assertRejects(
    () => answerAsk(profile, id, "yes"),
    UserError,
    "requested in another profile",
  );
  const own = { ...ask.approval, profile: await profileId(profile) };
  await put({ ...own, expires_at: "2999-01-01T00:00:00.000Z" });
  assertEquals(await refused(), because("it would be valid for longer than 24 hours"));
  await put({ ...own, move: { ...touch, command: "rm -r /" } });
  assertEquals(await refused(), because("its move was changed after it was requested"));

  await put(ask.approval);
  await profile.write(
    `asks/${id}.json`,
    JSON.stringify({ ...ask, answer: { text: "yes", at: new Date().toISOString() } }),
  );
  await tickOnce(profile, { decider: scripted().decide });
  assertEquals(await Deno.stat(join(profile.paths.dataDir, "made")).catch(() => null), null);
  assertEquals(profile.warnings, [
    `the approval ${id} is ignored: it was requested in another profile`,
  ]);
});

/** A copy of a data directory elsewhere. */
async function copyOf(
  profile: TempProfile,
  copy: (from: string, clone: TempProfile) => Promise<unknown>,
  env: Record<string, string> = {},
): Promise<TempProfile> {
  const clone = await tempProfile({ env: { PATH: Deno.env.get("PATH") ?? "", ...env } });
  await Deno.remove(clone.paths.dataDir, { recursive: true });
  await copy(profile.paths.dataDir, clone);
  await ensureProfile(clone);
  return clone;
}

const byGit = (from: string, { root }: TempProfile) => git(root, "clone", "-q", from, "data");
const byFiles = (from: string, { paths }: TempProfile) =>
  new Deno.Command("cp", { args: ["-a", from, paths.dataDir] }).output();

for (const [how, copy] of [["a clone", byGit], ["a copy of all files", byFiles]] as const) {
  for (const when of ["before", "after"]) {
    Deno.test(`an approval runs once, where it was requested, and not in ${how} made ${when} it was given`, async () => {
      await using profile = await tempProfile();
      const asked = await tickOnce(profile, { decider: scripted(touch).decide });
      const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
      if (when === "after") {
        await approveAsk(profile, id);
        await git(profile.paths.dataDir, "add", "-A");
        await git(profile.paths.dataDir, "commit", "-qm", "Approved");
      }
      await using clone = await copyOf(profile, copy);
      if (when === "before") await approveAsk(clone, id);
      const there = await tickOnce(clone, { decider: scripted().decide });
      assert(there.outcome !== "moved" || there.decision.by !== "approval");
      assertEquals(clone.warnings, [
        `the approval ${id} is ignored: only the data directory that asked applies it; ` +
        "for jobs that run one after another on clones of it, set LOOOP_PLACE to one name",
      ]);
      if (when === "before") {
        // As by a pull.
        const path = `asks/${id}.json`;
        const closed = await clone.read(path).catch(() => clone.read(`asks/closed/${id}.json`));
        const { closed_by: _, ...answered } = JSON.parse(closed);
        await profile.write(path, JSON.stringify(answered));
      }
      const here = await tickOnce(profile, { decider: scripted().decide });
      assert(here.outcome === "moved");
      assertEquals(here.result.output_tail, "done");
      const made = (dir: string) => Deno.stat(join(dir, "made")).then(() => true, () => false);
      assertEquals(
        [await made(profile.paths.dataDir), await made(clone.paths.dataDir)],
        [true, false],
      );
    });
  }
}

Deno.test("an approval runs once also where what is needed elsewhere was committed for a clone", async () => {
  await using profile = await tempProfile({ env: { PATH: Deno.env.get("PATH") ?? "" } });
  const asked = await tickOnce(profile, { decider: scripted(touch).decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  await approveAsk(profile, id);
  await commitForClone(profile);
  const made: string[] = [];
  await using one = await copyOf(profile, byGit);
  await using other = await copyOf(profile, byGit);
  for (const [name, where] of Object.entries({ one, other, profile })) {
    const result = await tickOnce(where, { decider: scripted().decide });
    if (result.outcome === "moved" && result.decision.by === "approval") made.push(name);
  }
  assertEquals(made, ["profile"]);
});

for (const place of [undefined, null, ""]) {
  Deno.test(`an approval whose place is ${JSON.stringify(place)} has no effect`, async () => {
    await using profile = await tempProfile();
    const asked = await tickOnce(profile, { decider: scripted(touch).decide });
    const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
    await approveAsk(profile, id);
    const ask = JSON.parse(await profile.read(`asks/${id}.json`));
    ask.approval.place = place;
    await profile.write(`asks/${id}.json`, JSON.stringify(ask));
    const result = await tickOnce(profile, { decider: scripted().decide });
    assert(result.outcome !== "moved" || result.decision.by !== "approval");
    assertStringIncludes(profile.warnings[0] ?? "", `the approval ${id} is ignored: `);
  });
}

Deno.test("an approval that a job requested is applied by the next job, and nowhere else", async () => {
  await using first = await tempProfile({
    env: { PATH: Deno.env.get("PATH") ?? "", CI: "true" },
  });
  const asked = await tickOnce(first, { decider: scripted(touch).decide });
  const id = asked.outcome === "moved" ? asked.result.ask_id ?? "" : "";
  const commit = async ({ paths }: TempProfile) => {
    await git(paths.dataDir, "add", "-A");
    await git(paths.dataDir, "commit", "-qm", "Sync", "--allow-empty");
  };
  await commit(first);
  await using desk = await copyOf(first, byGit);
  await approveAsk(desk, id);
  await commit(desk);
  await using next = await copyOf(desk, byGit, { CI: "true" });
  const atDesk = await tickOnce(desk, { decider: scripted().decide });
  assert(atDesk.outcome !== "moved" || atDesk.decision.by !== "approval");
  const made = await tickOnce(next, { decider: scripted().decide });
  assert(made.outcome === "moved");
  assertEquals([made.decision.by, made.result.output_tail], ["approval", "done"]);
});
