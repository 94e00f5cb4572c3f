import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { answerAsk, approveAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks, openAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readState, writeState } from "../../src/profile/state.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";
import { localTime } from "../../src/schema/text.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { git } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const ASK = `{ action: ask, question: "Restart the site?", journal: "asked about the site" }`;
const RUN = `{ action: run, command: "touch restarted; :", journal: "restarts the site" }`;
const WORKER =
  `{ action: start_worker, id: fix-site, prompt: "repair it", journal: "starts fix-site" }`;

const goal = (when: string, move = ASK) =>
  `---\ngoal: The site is up\nrules:\n  - { name: down, when: '${when}', do: ${move} }\n---\n`;

/** A profile without an LLM whose site is down, a minute of the clock a tick. */
async function siteDown(
  when = `sensors.site == "down"`,
  move = ASK,
  env: Record<string, string> = {},
): Promise<TempProfile> {
  let now = Date.parse("2026-11-23T09:00:00.000Z");
  const clock = { now: () => new Date(now += 1000), sleep: () => Promise.resolve() };
  const profile = await tempProfile({
    ...{ clock, env: { PATH: Deno.env.get("PATH")!, ...env } },
    config: {
      runner: "none",
      policy: [{ name: "w", when: `move.action == "start_worker"`, then: "ask" }],
    },
    files: {
      "goals/site.md": goal(when, move),
      "sensors/site.sh": "#!/bin/sh\ncat site\n",
      site: `{"signal":"down"}`,
    },
  });
  return Object.assign(profile, {
    minutes: (count: number) => void (now += count * 60_000),
  });
}

const later = (profile: TempProfile, count: number) =>
  (profile as TempProfile & { minutes(count: number): void }).minutes(count);

async function onlyAsk(profile: TempProfile): Promise<Ask> {
  const { asks } = await openAsks(profile);
  assertEquals(asks.length, 1);
  return asks[0];
}

const open = async (profile: TempProfile) => (await openAsks(profile)).asks.map(({ id }) => id);

const withdrawals = async (profile: TempProfile) =>
  (await profile.read("journal.md")).split("\n").filter((line) => line.includes(" withdrew "))
    .map((line) => line.replace(/^- \S+ \S+ /, ""));

for (
  const [what, move, text] of [
    ["a question", ASK, "Restart the site?"],
    ["an approval", RUN, "restarts the site"],
    ["an approval of a worker", WORKER, "starts fix-site"],
  ]
) {
  Deno.test(`${what} of a rule is withdrawn when its when becomes false, and asked again when it is true again`, async () => {
    await using profile = await siteDown(undefined, move);
    await tickOnce(profile);
    const first = await onlyAsk(profile);
    assertEquals(first.rule, "site/down");
    await tickOnce(profile);
    assertEquals(await open(profile), [first.id]);
    later(profile, 4);
    await profile.write("site", `{"signal":"up"}`);
    await tickOnce(profile);
    assertEquals(await open(profile), []);
    assertEquals((await findAsk(profile, first.id))?.closed_by, "withdrawn");
    const [line] = await withdrawals(profile);
    const from = localTime(new Date(first.asked_at));
    assertMatch(line, new RegExp(`^withdrew ${first.id}, `));
    assert(line.includes(`, ${text}: site/down was true ${from}–`), line);
    assert(!line.includes(`${from}–${from}`), line);
    assertEquals((await git(profile.paths.dataDir, "status", "--porcelain")).trim(), "M site");
    await assertRejects(
      () => answerAsk(profile, first.id, "yes"),
      UserError,
      "it is closed (withdrawn, since its cause has ended; looop asks again if it comes back)",
    );
    await profile.write("site", `{"signal":"down"}`);
    await tickOnce(profile);
    const second = await onlyAsk(profile);
    assert(second.id !== first.id);
    assertEquals((await withdrawals(profile)).length, 1);
  });
}

Deno.test("an ask comes again even if nothing was decided while its cause had ended", async () => {
  const hold = async (profile: TempProfile) => {
    const state = await readState(profile);
    const parked = {
      kind: "rate_limit",
      why: "limit",
      world: "w",
      config: profile.configDigest,
    } as const;
    const until = new Date(profile.clock.now().getTime() + 3_600_000).toISOString();
    await writeState(profile, { ...state, parked: { ...parked, until } });
  };
  await using profile = await siteDown();
  await tickOnce(profile);
  const first = await onlyAsk(profile);
  await hold(profile);
  await profile.write("site", `{"signal":"up"}`);
  assertEquals((await tickOnce(profile)).outcome, "parked");
  assertEquals(await open(profile), []);
  await writeState(profile, { ...await readState(profile), parked: null });
  await profile.write("site", `{"signal":"down"}`);
  await tickOnce(profile);
  assert((await onlyAsk(profile)).id !== first.id);
});

Deno.test("an ask comes again also if the decision meanwhile failed", async () => {
  await using profile = await siteDown();
  await tickOnce(profile);
  const first = await onlyAsk(profile);
  await profile.write("site", `{"signal":"up"}`);
  const failing = scripted(() => Promise.reject(new Error("no network")));
  assertEquals((await tickOnce(profile, { decider: failing.decide })).outcome, "failed");
  assertEquals(await open(profile), []);
  await profile.write("site", `{"signal":"down"}`);
  await tickOnce(profile);
  assert((await onlyAsk(profile)).id !== first.id);
});

Deno.test("a sensor that fails does not withdraw an ask, unless the rule is about failures", async () => {
  await using profile = await siteDown();
  await tickOnce(profile);
  const { id } = await onlyAsk(profile);
  await profile.write("sensors/site.sh", "#!/bin/sh\nexit 1\n");
  await tickOnce(profile);
  assertEquals(await open(profile), [id]);
  await profile.write("sensors/site.sh", '#!/bin/sh\necho \'{"signal":"up"}\'\n');
  await tickOnce(profile);
  assertEquals(await open(profile), []);

  await using blind = await siteDown("type(sensors.site) == map && has(sensors.site.failing)");
  await blind.write("sensors/site.sh", "#!/bin/sh\nexit 1\n");
  await tickOnce(blind);
  await onlyAsk(blind);
  await blind.write("sensors/site.sh", '#!/bin/sh\necho \'{"signal":"down"}\'\n');
  await tickOnce(blind);
  assertEquals(await open(blind), []);
});

const GONE: [what: string, text: string | null, why: string | null][] = [
  ["the goal is archived", null, "goal site is gone"],
  ["the rule is removed", "---\ngoal: The site is up\n---\n", "rule site/down is gone"],
  [
    "the rule asks something else",
    goal(`sensors.site == "down"`, RUN),
    "rule site/down was changed",
  ],
  ["the goal cannot be read", "---\ngoal: [\n---\n", null],
  ["the rule cannot be evaluated", goal("sensors.nope == 1"), null],
  ["the when is another one that is true", goal(`sensors.site != "up"`), null],
];

for (const [what, text, why] of GONE) {
  Deno.test(`an ask of a rule ${why === null ? "stays" : "is withdrawn"} if ${what}`, async () => {
    await using profile = await siteDown();
    await tickOnce(profile);
    const { id } = await onlyAsk(profile);
    if (text === null) await Deno.remove(`${profile.paths.goals}/site.md`);
    else await profile.write("goals/site.md", text);
    await tickOnce(profile);
    assertEquals((await findAsk(profile, id))?.closed_by, why === null ? undefined : "withdrawn");
    const lines = why === null ? [] : [`withdrew ${id}, Restart the site?: ${why}`];
    assertEquals(await withdrawals(profile), lines);
  });
}

for (
  const when of [`changed.exists(key, key == "sensor:site")`, `workers["fix-ci"].state == "lost"`]
) {
  Deno.test(`an ask about an event stays when the event is over: ${when}`, async () => {
    await using profile = await siteDown(when);
    await tempWorker(profile, "fix-ci");
    await tickOnce(profile);
    const { id, rule } = await onlyAsk(profile);
    assertEquals(rule, undefined);
    await profile.write("site", `{"signal":"up"}`);
    for (let i = 0; i < 3; i++) await tickOnce(profile);
    assert((await open(profile)).includes(id));
  });
}

Deno.test("what the user has answered is not withdrawn: an approved move is applied", async () => {
  await using profile = await siteDown(undefined, RUN);
  await tickOnce(profile);
  const { id } = await onlyAsk(profile);
  await approveAsk(profile, id);
  await profile.write("site", `{"signal":"up"}`);
  const result = await tickOnce(profile);
  assert(result.outcome === "moved");
  assertEquals([result.decision.by, result.decision.source], ["approval", id]);
});

Deno.test("a dry run withdraws nothing", async () => {
  await using profile = await siteDown();
  await tickOnce(profile);
  const ids = await open(profile);
  await profile.write("site", `{"signal":"up"}`);
  await tickOnce(profile, { dryRun: true });
  assertEquals(await open(profile), ids);
});

Deno.test("a rule does not request a move again whose approval is open, whatever changes meanwhile", async () => {
  await using profile = await siteDown(`sensors.site != "up"`, RUN);
  await tickOnce(profile);
  const { id } = await onlyAsk(profile);
  await profile.write("site", `{"signal":"down since noon"}`);
  await tickOnce(profile);
  assertEquals((await listAsks(profile)).asks.map((ask) => ask.id), [id]);
});

const TOKEN = "q7Rt2Lk9Wz4Xc8Vb";
const SECRETS: [what: string, move: string][] = [
  ["a command", `{ action: run, command: "deploy --token ${TOKEN}; :", journal: "deploys" }`],
  ["a question", `{ action: ask, question: "Is ${TOKEN} yours?", journal: "asked" }`],
  ["a prompt", `{ action: start_worker, id: fix, prompt: "use ${TOKEN}", journal: "starts fix" }`],
];

for (const [what, move] of SECRETS) {
  Deno.test(`an ask of a rule with a secret in ${what} is neither withdrawn nor made again while its cause lasts`, async () => {
    await using profile = await siteDown(`sensors.site != "up"`, move, { DEPLOY_TOKEN: TOKEN });
    await tickOnce(profile);
    const { id } = await onlyAsk(profile);
    assert(!(await profile.read(`asks/${id}.json`)).includes(TOKEN));
    for (const signal of ["down since noon", "down since one"]) {
      await profile.write("site", JSON.stringify({ signal }));
      await tickOnce(profile);
      assertEquals(await open(profile), [id], signal);
    }
    await profile.write("site", `{"signal":"up"}`);
    await tickOnce(profile);
    assertEquals(await open(profile), []);
  });
}
