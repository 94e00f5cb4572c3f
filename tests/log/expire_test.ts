import { assertEquals, assertMatch } from "@std/assert";
import { approveAsk } from "../../src/inbox/answer.ts";
import { findAsk, openAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import type { Config } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import { git } from "../support/git.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const RUN: Move = { action: "run", command: "touch made; :", journal: "makes it", more: false };

const RULE = `---
goal: The site is up
rules:
  - name: down
    when: sensors.site == "down"
    do: { action: run, command: "touch restarted; :", journal: restarts the site }
---
`;

/** A profile whose clock the test sets, in hours from the first tick. */
async function on(
  { config = { runner: "none" }, rule = false, history = false }: {
    config?: Partial<Config>;
    rule?: boolean;
    history?: boolean;
  },
) {
  const clock = { hours: 0 };
  let ms = Date.parse("2026-11-23T09:00:00Z");
  const profile = await tempProfile({
    ...{ config, history },
    clock: {
      now: () => new Date((ms += 1) + clock.hours * 3_600_000),
      sleep: () => Promise.resolve(),
    },
    files: rule
      ? {
        "goals/site.md": RULE,
        "sensors/site.sh": "#!/bin/sh\ncat site\n",
        "site": `{"signal":"down"}`,
      }
      : {},
  });
  return { profile, clock };
}

const open = async (profile: TempProfile) => (await openAsks(profile)).asks.map(({ id }) => id);

const journal = async (profile: TempProfile) =>
  (await profile.read("journal.md").catch(() => "")).trim().split("\n")
    .map((line) => line.replace(/^- \S+ \S+ /, "").replace(/~ /, ""));

/** A decider that requests the same command each time, and how often it was asked. */
function insisting() {
  const calls = { count: 0, prompts: [] as string[] };
  const decider = (prompt: string) => {
    calls.count++;
    calls.prompts.push(prompt);
    return RUN;
  };
  return { calls, decider };
}

Deno.test("an approval that a rule made expires after 24 h, is journaled, and is requested again at once", async () => {
  const { profile, clock } = await on({ rule: true, history: true });
  await using _ = profile;
  await tickOnce(profile);
  const [first] = await open(profile);
  clock.hours = 23.9;
  assertEquals((await tickOnce(profile)).outcome, "idle");
  assertEquals(await open(profile), [first]);
  clock.hours = 24;
  assertEquals((await tickOnce(profile)).outcome, "moved");
  const [second] = await open(profile);
  assertEquals(second === first, false);
  const lines = await journal(profile);
  assertEquals(
    lines[1],
    `approval ${first} expired without an answer: restarts the site; it is decided again`,
  );
  assertMatch(lines[2], /^wants to run, .*: restarts the site$/);
  assertEquals((await findAsk(profile, first))?.closed_by, "expired");
  assertMatch(await git(profile.paths.dataDir, "log", "--format=%s"), / approval \w+ expired /);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
});

Deno.test("an approval that a decider requested is decided again once it has expired, and it knows why", async () => {
  const { profile, clock } = await on({ config: {} });
  await using _ = profile;
  const { calls, decider } = insisting();
  await tickOnce(profile, { decider });
  const before = calls.count;
  const [first] = await open(profile);
  assertEquals((await tickOnce(profile, { decider })).outcome, "idle");
  clock.hours = 24;
  assertEquals((await tickOnce(profile, { decider })).outcome, "moved");
  assertEquals(calls.count, before + 1);
  assertMatch(
    calls.prompts.at(-1) ?? "",
    new RegExp(`approval ${first} expired without an answer`),
  );
  assertEquals((await open(profile)).includes(first), false);
});

Deno.test("an approval that the user gives in time does not expire, even if the loop applies it later", async () => {
  const { profile, clock } = await on({ rule: true });
  await using _ = profile;
  await tickOnce(profile);
  const [id] = await open(profile);
  clock.hours = 23.9;
  await approveAsk(profile, id);
  clock.hours = 30;
  await tickOnce(profile);
  assertEquals(await profile.read("restarted"), "");
  assertEquals((await journal(profile)).some((line) => line.includes("expired")), false);
});

Deno.test("a worker's proposal that expires is journaled, and wakes no decision", async () => {
  const { profile, clock } = await on({ config: {} });
  await using _ = profile;
  const { calls, decider } = insisting();
  await tickOnce(profile, { decider });
  const [id] = await open(profile);
  const ask = JSON.parse(await profile.read(`asks/${id}.json`));
  await profile.write(`asks/${id}.json`, JSON.stringify({ ...ask, worker: "fix-ci" }));
  const before = calls.count;
  clock.hours = 25;
  // Not later: six hours after a noop the loop decides anyway.
  await writeState(profile, { ...await readState(profile), noop_at: null });
  assertEquals((await tickOnce(profile, { decider })).outcome, "idle");
  assertEquals(calls.count, before);
  assertEquals(
    (await journal(profile)).at(-1),
    `approval ${id} expired without an answer: makes it`,
  );
});

Deno.test("an approval of a rule that is gone expires without a decision that nothing could make", async () => {
  const { profile, clock } = await on({ rule: true });
  await using _ = profile;
  await tickOnce(profile);
  const [id] = await open(profile);
  const state = await readState(profile);
  await writeState(profile, { ...state, fired: {}, again: false });
  const ask = JSON.parse(await profile.read(`asks/${id}.json`));
  await profile.write(`asks/${id}.json`, JSON.stringify({ ...ask, rule: undefined }));
  clock.hours = 25;
  await tickOnce(profile);
  assertEquals((await readState(profile)).again, false);
  assertEquals((await findAsk(profile, id))?.closed_by, "expired");
});

Deno.test("an expiry that a crash interrupted is completed with one journal line", async () => {
  const { profile, clock } = await on({ rule: true });
  await using _ = profile;
  await tickOnce(profile);
  const [id] = await open(profile);
  const file = await profile.read(`asks/${id}.json`);
  clock.hours = 25;
  await tickOnce(profile);
  const again = await open(profile);
  // The crash came before the ask was closed.
  await profile.write(`asks/${id}.json`, file);
  await Deno.remove(`${profile.paths.asksClosed}/${id}.json`);
  await tickOnce(profile);
  assertEquals((await findAsk(profile, id))?.closed_by, "expired");
  const lines = (await journal(profile)).filter((line) =>
    line.startsWith(`approval ${id} expired`)
  );
  assertEquals(lines.length, 1);
  // The rule's next request stays the only one.
  assertEquals(await open(profile), again);
});

Deno.test("the user is notified of an approval that expires", async () => {
  const notify = `echo "$LOOOP_KIND $LOOOP_ASK_ID $LOOOP_TEXT" >> told`;
  const { profile, clock } = await on({ rule: true, config: { runner: "none", notify } });
  await using _ = profile;
  await tickOnce(profile);
  const [id] = await open(profile);
  clock.hours = 24;
  await tickOnce(profile);
  const told = (await profile.read("told")).trim().split("\n").sort();
  assertEquals(told.length, 3);
  assertEquals(
    told.filter((line) => line.startsWith("expired")),
    [`expired ${id} approval ${id} expired without an answer: restarts the site; it is decided again`],
  );
});

const DO = `do: { action: run, command: "touch swept; :", journal: sweeps, more: false }`;
const SLOT_RULE = `---
goal: It is swept
rules:
  - name: slot
    when: has(schedules.sweep)
    ${DO}
---
`;

for (
  const { what, timing, goal, hours, asks } of [
    { what: "a weekly slot", timing: `cron: "0 9 * * 1"`, hours: 168, asks: 1 },
    { what: "a daily slot, with the next one", timing: `cron: "0 10 * * *"`, hours: 25, asks: 1 },
    { what: "a slot of once", timing: `at: 2026-11-30T09:00`, hours: 168, asks: 1 },
    {
      what: "a slot that a rule reads",
      timing: `cron: "0 9 * * 1"`,
      goal: true,
      hours: 168,
      asks: 1,
    },
    {
      what: "a slot that is skipped if late",
      timing: `cron: "0 9 * * 1"\ncatch_up: skip`,
      hours: 168,
      asks: 0,
    },
  ]
) {
  Deno.test(`an approval for ${what} that expires is asked for again, and says so`, async () => {
    const { profile, clock } = await on({});
    await using _ = profile;
    await profile.write(
      "schedules/sweep.yaml",
      `${timing}\ntz: UTC\n${goal ? "note: sweep" : DO}\n`,
    );
    if (goal) await profile.write("goals/swept.md", SLOT_RULE);
    await Deno.utime(`${profile.paths.schedules}/sweep.yaml`, new Date(0), new Date(0));
    await tickOnce(profile);
    clock.hours = hours + 0.01;
    await tickOnce(profile);
    const [first, ...more] = await open(profile);
    assertEquals(more, []);
    for (const round of [1, 2]) {
      clock.hours += 24;
      await tickOnce(profile);
      const [again, ...others] = await open(profile);
      assertEquals([again !== undefined && again !== first, others], [asks === 1, []], `${round}`);
    }
    const lines = await journal(profile);
    const line = `approval ${first} expired without an answer: sweeps; it is decided again`;
    assertEquals(lines.filter((one) => one === line).length, 1, lines.join("\n"));
    if (asks === 0) assertMatch(lines.at(-1) ?? "", /skipped .*: it is over 15 minutes late/);
    const [last] = await open(profile);
    if (last !== undefined) await approveAsk(profile, last);
    await tickOnce(profile);
    assertEquals(await profile.read("swept").catch(() => null), asks === 1 ? "" : null);
    clock.hours += 1;
    await tickOnce(profile);
    assertEquals(await open(profile), []);
  });
}

Deno.test("an approval for an event that is over expires, and says that nothing decides it again", async () => {
  const { profile, clock } = await on({ rule: true });
  await using _ = profile;
  const when = `'"sensor:site" in changed'`;
  await profile.write("goals/site.md", RULE.replace(/when: .*/, `when: ${when}`));
  await tickOnce(profile);
  const [id] = await open(profile);
  clock.hours = 24;
  await tickOnce(profile);
  assertEquals(await open(profile), []);
  assertMatch(
    (await journal(profile)).at(-1) ?? "",
    new RegExp(`^approval ${id} expired .*; nothing decides it again, since its cause is over$`),
  );
});
