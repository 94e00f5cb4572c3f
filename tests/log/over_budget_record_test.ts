import { assertEquals } from "@std/assert";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { closeBudgetAsks, recordOverBudget } from "../../src/log/over_budget.ts";
import { tryLock } from "../../src/os/lock.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { journalTail } from "../../src/profile/journal.ts";
import { type BudgetProfile, budgetProfile, spent, timeOf } from "../support/budget_profile.ts";
import { git } from "../support/git.ts";
import { within } from "../support/within.ts";

const DOLLARS = { budget: "usd_per_day", why: "$1.00 of $1.00 is spent today" } as const;
const RUN = "20261123t090000-deadbeef";
const NEXT_RUN = "20261123t091000-deadbeef";

async function prepared(): Promise<BudgetProfile> {
  const profile = await budgetProfile({ usd_per_day: 1 });
  await ensureProfile(profile);
  await profile.write(".gitignore", "/.looop/\n");
  await git(profile.paths.dataDir, "add", "-A");
  await git(profile.paths.dataDir, "commit", "-qm", "Begin");
  return profile;
}

/** The last commit: its message, and the files in it. */
function lastCommit({ paths }: BudgetProfile): Promise<string> {
  return git(paths.dataDir, "show", "--format=%B", "--name-only", "HEAD");
}

async function lastEvent(profile: BudgetProfile) {
  const { ts: _, ...event } = JSON.parse(
    (await profile.read("events.jsonl")).trim().split("\n").at(-1)!,
  );
  return event;
}

Deno.test("recordOverBudget commits journal line, ask, state and ledger with its run", async () => {
  await using profile = await prepared();
  await profile.write("cost.jsonl", spent(1));
  await profile.write("state.json", "{}");
  const ask = await recordOverBudget(profile, DOLLARS, RUN);
  assertEquals(ask, {
    ...{ id: ask.id, kind: "question", run_id: RUN },
    question: `Over budget: ${DOLLARS.why}. Lift the budget for today?`,
    options: ["lift it for today", "keep it"],
    asked_at: timeOf("09:00").toISOString(),
    hold: { budget: "usd_per_day", day: "2026-11-23" },
  });
  assertEquals(await findAsk(profile, ask.id), ask);
  assertEquals(
    await lastCommit(profile),
    `2026-11-23 09:00 over budget: ${DOLLARS.why} (ask ${ask.id})\n\nLooop-Run: ${RUN}\n\n\n` +
      `asks/${ask.id}.json\ncost.jsonl\njournal.md\nstate.json`,
  );
  assertEquals(await lastEvent(profile), { event: "held", run: RUN, ...DOLLARS, ask: ask.id });
});

Deno.test("recordOverBudget writes a line, a commit and an event each time that the decisions per hour are used up", async () => {
  await using profile = await prepared();
  const used = (next: string) => ({ budget: "decides_per_hour", why: `next at ${next}` }) as const;
  const ask = await recordOverBudget(profile, used("10:00"), RUN);
  profile.at("10:30");
  assertEquals(await recordOverBudget(profile, used("11:00"), NEXT_RUN), ask);
  assertEquals(await journalTail(profile, 9), [
    `- 2026-11-23 09:00 over budget: next at 10:00 (ask ${ask.id})`,
    "- 2026-11-23 10:30 over budget: next at 11:00",
  ]);
  assertEquals(
    await lastCommit(profile),
    `2026-11-23 10:30 over budget: next at 11:00\n\nLooop-Run: ${NEXT_RUN}\n\n\njournal.md`,
  );
  const event = { event: "held", run: NEXT_RUN, ...used("11:00"), ask: ask.id };
  assertEquals(await lastEvent(profile), event);
  const [head, events] = [await lastCommit(profile), await profile.read("events.jsonl")];
  profile.at("10:31");
  await recordOverBudget(profile, used("11:00"), "20261123t093100-deadbeef");
  assertEquals([await lastCommit(profile), await profile.read("events.jsonl")], [head, events]);
  assertEquals((await journalTail(profile, 9)).length, 2);
});

Deno.test("recordOverBudget commits the ask of a crashed run with that run, and repeats nothing else", async () => {
  await using profile = await prepared();
  const { id } = await recordOverBudget(profile, DOLLARS, RUN);
  const [message, events] = [await lastCommit(profile), await profile.read("events.jsonl")];
  await git(profile.paths.dataDir, "reset", "-q", "--soft", "HEAD~1");
  profile.at("09:10");
  assertEquals((await recordOverBudget(profile, DOLLARS, NEXT_RUN)).id, id);
  assertEquals([await lastCommit(profile), await profile.read("events.jsonl")], [message, events]);
});

Deno.test("recordOverBudget does not commit an answered ask again, and asks without a repository", async () => {
  await using profile = await prepared();
  const ask = await recordOverBudget(profile, DOLLARS, RUN);
  await git(profile.paths.dataDir, "reset", "-q", "--soft", "HEAD~1");
  const answer = { text: "keep it", at: ask.asked_at };
  await profile.write(`asks/${ask.id}.json`, JSON.stringify({ ...ask, answer }));
  assertEquals((await recordOverBudget(profile, DOLLARS, NEXT_RUN)).answer, answer);
  assertEquals(await lastCommit(profile), "Begin\n\n\n.gitignore");
  await using bare = await budgetProfile({ usd_per_day: 1 });
  await recordOverBudget(bare, DOLLARS, RUN);
  await recordOverBudget(bare, DOLLARS, RUN);
  assertEquals([(await listAsks(bare)).asks.length, bare.warnings], [1, []]);
});

for (
  const [turn, at, answer, cost] of [
    ["over", ["00:00", 1], undefined, 1],
    ["over", ["00:00", 1], "lift it for today", 1],
    ["lifted", ["09:10", 0], "Lift it", 1],
    ["released", ["09:10", 0], undefined, 0.5],
    ["released", ["09:10", 0], "keep it", 0.5],
    ["kept", ["09:10", 0], "keep it", 1],
  ] as [string, [string, number], string | undefined, number][]
) {
  Deno.test(`closeBudgetAsks closes as ${turn} an ask of $${cost} with the answer ${answer}`, async () => {
    await using profile = await prepared();
    await profile.write("cost.jsonl", spent(cost));
    const ask = await recordOverBudget(profile, DOLLARS, RUN);
    profile.at(...at);
    const answered = answer ? { ...ask, answer: { text: answer, at: ask.asked_at } } : ask;
    await closeBudgetAsks(profile, [answered]);
    assertEquals((await findAsk(profile, ask.id))?.closed_by, turn);
    assertEquals((await listAsks(profile)).asks, []);
    const { id } = ask;
    assertEquals(
      await git(profile.paths.dataDir, "show", "--format=%B", "--name-status", "--no-renames"),
      `Budget usd_per_day: ${turn}\n\n\nA\tasks/closed/${id}.json\nD\tasks/${id}.json`,
    );
    assertEquals(await lastEvent(profile), { event: "hold", budget: "usd_per_day", turn, ask: id });
  });
}

Deno.test("closeBudgetAsks leaves an open ask of a used-up budget, without any lock, and goes on with the next", async () => {
  await using profile = await prepared();
  await profile.write("cost.jsonl", spent(1));
  const ask = await recordOverBudget(profile, DOLLARS, RUN);
  {
    using _ = await tryLock(profile.paths.moveLock);
    await within("a check", closeBudgetAsks(profile, [ask]));
  }
  const hourly = { budget: "decides_per_hour", why: "2 decisions" } as const;
  const other = await recordOverBudget(profile, hourly, RUN);
  await closeBudgetAsks(profile, [ask, other]);
  assertEquals((await listAsks(profile)).asks, [ask]);
  assertEquals((await findAsk(profile, other.id))?.closed_by, "released");
});

Deno.test("closeBudgetAsks leaves the reason of an ask that is closed already", async () => {
  await using profile = await prepared();
  const ask = await recordOverBudget(profile, DOLLARS, RUN);
  await profile.write(`asks/closed/${ask.id}.json`, JSON.stringify({ ...ask, closed_by: "kept" }));
  await closeBudgetAsks(profile, [ask]);
  assertEquals((await findAsk(profile, ask.id))?.closed_by, "kept");
});

for (const lock of ["moveLock", "asksLock"] as const) {
  Deno.test(`closeBudgetAsks waits for the ${lock}`, async () => {
    await using profile = await prepared();
    const ask = await recordOverBudget(profile, DOLLARS, RUN);
    const held = await tryLock(profile.paths[lock]);
    const closing = closeBudgetAsks(profile, [ask]);
    try {
      await using other = await prepared();
      // Begun later, this one takes as long as the other would without the lock.
      await closeBudgetAsks(other, [await recordOverBudget(other, DOLLARS, RUN)]);
      assertEquals((await findAsk(profile, ask.id))?.closed_by, undefined);
    } finally {
      held?.release();
    }
    await within("the lock's release", closing);
    assertEquals((await findAsk(profile, ask.id))?.closed_by, "released");
  });
}
