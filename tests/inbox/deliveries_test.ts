import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { beat, deliver, enqueue, readDeliveries } from "../../src/inbox/deliveries.ts";
import { answerAsk } from "../../src/inbox/answer.ts";
import { raiseAsk, raiseFlag } from "../../src/inbox/flags.ts";
import { surface } from "../../src/inbox/notify.ts";
import { configSchema } from "../../src/schema/config.ts";
import type { Config } from "../../src/schema/config.ts";
import { isQuiet } from "../../src/schema/notify.ts";
import { cliOn } from "../support/cli_on.ts";
import { eventually } from "../support/eventually.ts";
import { denoDir } from "../support/looop.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { tempWorker } from "./temp_worker.ts";

/** Notes each call, and fails while the file `down` exists. */
const NOTE =
  `echo "$LOOOP_KIND $LOOOP_TEXT" >> told; [ ! -e down ] || { echo no route >&2; exit 7; }`;

/** A profile with a clock that the test sets. */
async function on(config: Partial<Config>, start = "2026-11-23T09:00:00Z") {
  const clock = { minutes: 0 };
  const now = () => new Date(Date.parse(start) + clock.minutes * 60_000);
  const sleep = () => Promise.resolve();
  const profile = await tempProfile({ config, clock: { now, sleep }, history: false });
  for (const id of ["fix-ci", "docs"]) await tempWorker(profile, id);
  const told = async () => (await profile.read("told").catch(() => "")).split("\n").filter(Boolean);
  const report = async () => await (await surface(profile)).done;
  return { profile, clock, told, report };
}

const down = (profile: TempProfile) => profile.write("down", "");
const up = ({ paths }: TempProfile) => Deno.remove(`${paths.dataDir}/down`);
const flag = (profile: TempProfile, worker = "docs") => raiseFlag(profile, worker, "look");

Deno.test("a notification that fails is tried again after 1, 2, 4, 8, then 15 minutes, until it arrives", async () => {
  const { profile, clock, told, report } = await on({ notify: NOTE });
  await using _ = profile;
  await down(profile);
  await flag(profile);
  await report();
  let tries = 1;
  for (const pause of [1, 2, 4, 8, 15, 15]) {
    clock.minutes += pause - 0.1;
    await report();
    assertEquals((await told()).length, tries, `${pause} minutes`);
    clock.minutes += 0.1;
    await report();
    assertEquals((await told()).length, ++tries, `${pause} minutes`);
  }
  await up(profile);
  clock.minutes += 15;
  await report();
  assertEquals((await readDeliveries(profile)).pending, []);
  clock.minutes += 60;
  await report();
  assertEquals((await told()).length, tries + 1);
});

const LOOPS_ASK = JSON.stringify({
  ...{ id: "1a2b3c", kind: "question", question: "Tea?", run_id: "r1" },
  asked_at: "2026-11-23T09:00:00.000Z",
});

Deno.test("a notification that fails shows in status, doctor and the output of the next tick", async () => {
  await using profile = await tempProfile({ history: false, env: { DENO_DIR: denoDir() } });
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({ runner: "none", notify: "echo no route >&2; exit 7" }),
  );
  await profile.write("asks/1a2b3c.json", LOOPS_ASK);
  const said =
    /cannot deliver a notification since \S+ \S+ \(question\): exited, status 7: no route; looop tries again/;
  // A tick does not wait long for a delivery.
  await eventually(
    "a tick says so",
    async () => said.test((await cliOn(profile, ["tick"])).stderr),
  );
  assertMatch((await cliOn(profile, ["tick"])).stderr, said);
  assertMatch((await cliOn(profile, ["status"])).stdout.replace(/\s+/g, " "), said);
  const { undelivered } = JSON.parse((await cliOn(profile, ["status", "--json"])).stdout);
  assertMatch(undelivered, said);
  const { checks } = JSON.parse((await cliOn(profile, ["doctor", "--json"])).stdout);
  const notify = checks.filter(({ check }: { check: string }) => check === "notify");
  assertEquals(notify.map(({ level }: { level: string }) => level), ["warn"]);
  assertMatch(notify[0].found, /^cannot deliver a notification/);
});

Deno.test("looop tick does not wait for a notify command that hangs, which is delivered meanwhile", async () => {
  await using profile = await tempProfile({ history: false, env: { DENO_DIR: denoDir() } });
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({
      runner: "none",
      notify: "while [ ! -e go ]; do sleep 0.1; done; echo >> told",
    }),
  );
  await profile.write("asks/1a2b3c.json", LOOPS_ASK);
  const { status, stderr } = await cliOn(profile, ["tick"]);
  // It has returned, and the command still waits for this file.
  await profile.write("go", "");
  assertEquals([status, stderr], [0, ""]);
  const deadline = performance.now() + 180_000;
  while ((await readDeliveries(profile)).pending.length > 0) {
    assert(performance.now() < deadline, "the command goes on after the tick");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(await profile.read("told"), "\n");
});

for (
  const [what, undo] of [
    [
      "an ask that is answered",
      (profile: TempProfile, id: string) => answerAsk(profile, id, "yes"),
    ],
    [
      "a flag that is down",
      ({ paths }: TempProfile) => Deno.remove(`${paths.workers}/docs/flag.json`),
    ],
  ] as const
) {
  Deno.test(`a notification of ${what} meanwhile is not tried again`, async () => {
    const { profile, clock, told, report } = await on({ notify: NOTE });
    await using _ = profile;
    await down(profile);
    let id = "";
    if (what.startsWith("an ask")) {
      ({ id } = await raiseAsk(profile, { worker: "docs", generation: "g1", question: "Tea?" }));
    } else await flag(profile);
    await report();
    await up(profile);
    await undo(profile, id);
    clock.minutes = 60;
    await report();
    assertEquals(await told(), [id ? "question worker docs: Tea?" : "flag worker docs: look"]);
    assertEquals((await readDeliveries(profile)).pending, []);
  });
}

Deno.test("deliver counts an attempt that a crash interrupted as failed, and repeats it later", async () => {
  const { profile, clock, told, report } = await on({ notify: NOTE });
  await using _ = profile;
  await enqueue(profile, { key: "expired:a", kind: "expired", from: "looop", text: "a" });
  const { pending } = await readDeliveries(profile);
  const running = { ...pending[0], tries: 1, running: true, next_at: "2026-11-23T09:01:30.000Z" };
  await profile.write(
    ".looop/notify.json",
    JSON.stringify({ ...await readDeliveries(profile), pending: [running] }),
  );
  await report();
  assertEquals(await told(), []);
  clock.minutes = 2;
  await report();
  assertEquals(await told(), ["expired a"]);
});

Deno.test("enqueue adds an event once, and none of a kind that is not wanted", async () => {
  const { profile, told } = await on({ notify: NOTE, notify_kinds: ["expired"] });
  await using _ = profile;
  const item = { key: "expired:a", kind: "expired", from: "looop", text: "a" } as const;
  for (let i = 0; i < 2; i++) await enqueue(profile, item);
  await enqueue(profile, { key: "flag:a", kind: "flag", from: "worker a", text: "b" });
  await deliver(profile);
  assertEquals(await told(), ["expired a"]);
});

Deno.test("notify_kinds picks what is delivered, and ask is another name of question", async () => {
  const config = configSchema.parse({ notify: NOTE, notify_kinds: ["ask"] });
  const { profile, told, report } = await on(config);
  await using _ = profile;
  await flag(profile);
  await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  await report();
  assertEquals(await told(), ["question worker fix-ci: Tea?"]);
  const wrong = configSchema.safeParse({ notify_kinds: ["asks"] });
  assertEquals(wrong.success, false);
});

Deno.test("quiet hours hold what is due, and it is delivered after them", async () => {
  const quiet_hours = { from: "22:00", to: "07:00", tz: "Europe/Berlin" };
  const { profile, clock, told, report } = await on(
    { notify: NOTE, quiet_hours },
    "2026-11-23T21:30:00Z", // 22:30 in Berlin
  );
  await using _ = profile;
  await flag(profile);
  const { id } = await raiseAsk(profile, { worker: "fix-ci", generation: "g1", question: "Tea?" });
  await report();
  clock.minutes = 8.49 * 60; // 06:59
  await answerAsk(profile, id, "yes");
  await report();
  assertEquals(await told(), []);
  clock.minutes = 8.5 * 60;
  await report();
  assertEquals(await told(), ["flag worker docs: look"]);
});

Deno.test("isQuiet uses the clock of the time zone, over midnight and in summer time", () => {
  const night = { from: "22:00", to: "07:00", tz: "Europe/Berlin" };
  const noon = { from: "12:00", to: "13:00", tz: "America/New_York" };
  const rows: [typeof night, string, boolean][] = [
    [night, "2026-11-23T20:59:59Z", false],
    [night, "2026-11-23T21:00:00Z", true],
    [night, "2026-11-24T05:59:59Z", true],
    [night, "2026-11-24T06:00:00Z", false],
    [night, "2026-07-23T20:00:00Z", true],
    [night, "2026-07-24T05:00:00Z", false],
    [noon, "2026-11-23T17:30:00Z", true],
    [noon, "2026-11-23T18:00:00Z", false],
  ];
  for (const [hours, at, quiet] of rows) assertEquals(isQuiet(hours, new Date(at)), quiet, at);
});

for (
  const [quiet_hours, why] of [
    [{ from: "22", to: "07:00" }, "must be a time like 22:00"],
    [{ from: "22:00", to: "24:00" }, "must be a time like 22:00"],
    [{ from: "22:00", to: "22:00" }, "must differ from `from`"],
    [{ from: "22:00", to: "07:00", tz: "Berlin" }, "must be a time zone like Europe/Berlin"],
  ] as const
) {
  Deno.test(`the config refuses quiet hours of ${JSON.stringify(quiet_hours)}`, () => {
    const parsed = configSchema.safeParse({ quiet_hours });
    assertStringIncludes(JSON.stringify(parsed), why);
  });
}

Deno.test("beat runs the heartbeat with the outcome, once a minute at most, and keeps why it failed", async () => {
  const heartbeat = `echo "$LOOOP_OUTCOME $LOOOP_TEXT" >> told; [ ! -e down ] || exit 3`;
  const { profile, clock, told } = await on({ heartbeat });
  await using _ = profile;
  for (const minutes of [0, 0.5, 0.99, 1, 1.5, 2.01]) {
    clock.minutes = minutes;
    await beat(profile, { outcome: "moved", text: `at ${minutes}` });
  }
  assertEquals(await told(), ["moved at 0", "moved at 1", "moved at 2.01"]);
  await down(profile);
  clock.minutes = 4;
  await beat(profile, { outcome: "idle", text: "" });
  assertEquals((await readDeliveries(profile)).heartbeat?.why, "exited, status 3: ");
  await up(profile);
  clock.minutes = -30; // the clock is set back
  await beat(profile, { outcome: "idle", text: "" });
  assertEquals((await readDeliveries(profile)).heartbeat?.why, null);
  assertEquals((await told()).length, 5);
});
