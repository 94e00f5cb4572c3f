import { assertEquals, assertMatch } from "@std/assert";
import { approveAsk } from "../../src/inbox/answer.ts";
import { openAsks } from "../../src/inbox/asks.ts";
import { surface } from "../../src/inbox/notify.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import { unpark } from "../../src/loop/wake.ts";
import { readState } from "../../src/profile/state.ts";
import { type Mode, type ProviderLoop, providerLoop } from "./provider.ts";

/** Ticks on a changed world at these minutes; returns the outcomes. */
async function ticksAt(loop: ProviderLoop, ...minutes: number[]): Promise<string[]> {
  const outcomes = [];
  for (const minute of minutes) {
    loop.at(minute);
    outcomes.push(await loop.tick(`minute ${minute}`));
  }
  return outcomes;
}

const kinds = async (loop: ProviderLoop) =>
  (await loop.told()).map((line) => line.slice(0, line.indexOf(" ")));

Deno.test("an outage of every kind in turn is reported twice: that it lasts, and that it is over", async () => {
  await using loop = await providerLoop();
  assertEquals(await ticksAt(loop, 0), ["moved"]);
  let minute = 1;
  for (const mode of ["529", "hangs", "refuses", "nowhere"] as Mode[]) {
    await loop.mode(mode);
    const found = await ticksAt(loop, minute, minute + 5, minute + 10);
    assertEquals(new Set(found), new Set([mode === "hangs" ? "timeout" : "model"]), mode);
    minute += 15;
  }
  const before = await loop.calls();
  await loop.mode("well");
  assertEquals(await ticksAt(loop, minute, minute + 1), ["moved", "moved"]);
  assertEquals(await loop.calls(), before + 2);
  const [failing, recovered, ...more] = await loop.told();
  assertEquals(more, []);
  assertMatch(
    failing,
    /^failing failing since \S+ \S+: [^:]+: did not answer within .*; looop tries again by itself$/,
  );
  assertMatch(recovered, /^recovered works again: it failed from \S+ \S+ to \S+ \S+: [^:]+: .*$/);
});

Deno.test("an outage of less than 15 minutes is not reported", async () => {
  await using loop = await providerLoop();
  await loop.mode("529");
  await ticksAt(loop, 0, 1, 3, 7, 12, 14.9);
  await loop.mode("well");
  await ticksAt(loop, 17, 40);
  assertEquals(await loop.told(), []);
});

Deno.test("refused credentials are reported at once, and once, and that they work again", async () => {
  await using loop = await providerLoop();
  await loop.mode("login");
  assertEquals(await ticksAt(loop, 0, 10, 31, 45, 62), [
    "auth",
    "parked",
    "auth",
    "parked",
    "auth",
  ]);
  await loop.mode("well");
  assertEquals(await ticksAt(loop, 93), ["moved"]);
  const [parked, recovered, ...more] = await loop.told();
  assertEquals(more, []);
  assertMatch(parked, /^parked nothing is decided until \S+ \S+: .*Invalid API key/);
  assertMatch(recovered, /^recovered works again: /);
});

Deno.test("a limit is reported if it lasts for 15 minutes, and its end", async () => {
  await using short = await providerLoop();
  await short.mode("limit 8:10pm");
  assertEquals(await ticksAt(short, 0, 5), ["rate_limit", "parked"]);
  await short.mode("well");
  assertEquals(await ticksAt(short, 12), ["moved"]);
  assertEquals(await short.told(), []);

  await using long = await providerLoop();
  await long.mode("limit 11pm");
  assertEquals(await ticksAt(long, 0, 60, 120), ["rate_limit", "parked", "parked"]);
  await long.mode("well");
  assertEquals(await ticksAt(long, 182), ["moved"]);
  assertEquals(await kinds(long), ["parked", "recovered"]);
});

Deno.test("a failure that the user retries is over only once a decision succeeds", async () => {
  await using loop = await providerLoop();
  await loop.mode("login");
  await ticksAt(loop, 0);
  await unpark(loop.profile);
  // Not yet: nothing was decided since.
  await (await surface(loop.profile)).done;
  assertEquals(await kinds(loop), ["parked"]);
  assertEquals(await ticksAt(loop, 5), ["auth"]);
  await loop.mode("well");
  await unpark(loop.profile);
  assertEquals(await ticksAt(loop, 6), ["moved"]);
  assertEquals(await kinds(loop), ["parked", "parked", "recovered"]);
});

const NOTES_IT = `---
goal: Keep notes
rules:
  - name: red
    when: sensors.ci == "red"
    do:
      action: write_goal
      id: note
      body: "---\\ngoal: Look at it\\n---\\n"
      journal: notes it
      more: false
---
`;

for (const mode of ["529", "login", "limit 11pm"] as Mode[]) {
  Deno.test(`a rule and an approved move do not wait for a provider (${mode}), and are not taken for its recovery`, async () => {
    let ci = "green";
    await using loop = await providerLoop({
      files: { "goals/ci.md": NOTES_IT },
      sensors: { ci: () => ({ signal: ci }) },
    });
    const { profile } = loop;
    const write = { action: "write_sensor", name: "x.sh", script: "#!/bin/sh\necho '{}'\n" };
    await loop.answer({ ...write, journal: "watches x", more: false });
    const [asked] = await ticksAt(loop, 0);
    assertEquals(asked, "moved");
    const [ask] = (await openAsks(profile)).asks;
    await loop.mode(mode);
    const [failed] = await ticksAt(loop, 1);
    await ticksAt(loop, 18);
    const before = await loop.calls();
    // From here on, only the sensor and the answer change.
    ci = "red";
    loop.at(19);
    assertEquals(await loop.tick(), "moved");
    await approveAsk(profile, ask.id);
    loop.at(20);
    assertEquals(await loop.tick(), "moved");
    assertEquals(await loop.calls(), before);
    assertEquals(
      await Deno.stat(`${profile.paths.sensors}/x.sh`).then(({ isFile }) => isFile),
      true,
    );
    await ticksAt(loop, 40);
    await loop.mode("well");
    await Deno.remove(`${profile.paths.dataDir}/answer`);
    loop.at(182);
    // What changed while it failed is still to be decided.
    assertEquals([failed === "moved", await loop.tick(), await loop.tick()], [
      ...[false, "moved", "idle"],
    ]);
    const end = mode === "529" ? "failing" : "parked";
    assertEquals(await kinds(loop), ["approval", end, "recovered"]);
    const journal = (await profile.read("journal.md")).split("\n").map((line) =>
      line.slice(19).replaceAll(ask.id, "ID")
        .replace(/from \S+ \d\d:\d[16] to \S+ \d\d:\d[27]: mine: .*/, "from then on")
    );
    assertEquals(journal, [
      ...["wants to write_sensor, needs your approval: ID: watches x", "notes it"],
      ...["watches x (approved ID)", "decides again: it failed from then on", "looked", ""],
    ]);
  });
}

Deno.test("a rule whose move fails for 15 minutes is reported, and that it works again", async () => {
  const rule = `---
goal: Keep it green
rules:
  - name: red
    when: sensors.ci == "red"
    do: { action: start_worker, id: fix, prompt: repair it }
---
`;
  let ci = "red";
  await using loop = await providerLoop({
    files: { "goals/ci.md": rule },
    config: { runner: "none", worker_runner: "gone" },
    sensors: { ci: () => ({ signal: ci }) },
  });
  await ticksAt(loop, 0, 1, 5, 16, 20);
  ci = "green";
  await ticksAt(loop, 25, 26);
  const [failing, recovered, ...more] = await loop.told();
  assertEquals(more, []);
  assertMatch(failing, /^failing failing since \S+ \S+: rule ci\/red: start_worker failed: /);
  assertMatch(recovered, /^recovered works again: .*: rule ci\/red: start_worker failed: /);
});

Deno.test("a failure that cannot be reported while it lasts is reported with its end", async () => {
  await using loop = await providerLoop({
    config: { notify: `[ ! -e down ] && echo "$LOOOP_KIND $LOOOP_TEXT" >>told` },
  });
  await loop.profile.write("down", "");
  await loop.mode("nowhere");
  await ticksAt(loop, 0, 10, 20, 30);
  await Deno.remove(`${loop.profile.paths.dataDir}/down`);
  await loop.mode("well");
  await ticksAt(loop, 40, 41);
  assertEquals(await kinds(loop), ["recovered"]);
});

for (const mode of ["529", "hangs", "nowhere", "limit 8:03pm"] as Mode[]) {
  Deno.test(`a failure whose change is undone fails no more (${mode}), and the journal says when it did`, async () => {
    let ci = "green";
    await using loop = await providerLoop({ sensors: { ci: () => ({ signal: ci }) } });
    assertEquals(await ticksAt(loop, 0), ["moved"]);
    await loop.mode(mode);
    ci = "red";
    loop.at(1);
    await loop.tick();
    ci = "green";
    const before = await loop.calls();
    for (const minute of [2, 10, 30]) {
      loop.at(minute);
      await loop.tick();
    }
    assertEquals(await loop.calls(), before);
    const { failing, parked, attention } = await readStatus(loop.profile);
    assertEquals([failing, parked, attention], [null, null, []]);
    assertEquals(await loop.told(), []);
    const lines = (await loop.profile.read("journal.md")).split("\n").slice(0, -1);
    assertEquals(lines.length, 2);
    assertMatch(lines[1], /nothing is left to decide: it failed from \S+ \S+ to \S+ \S+: /);
  });
}

Deno.test("a failure whose change is undone after it was reported is reported once, and its end with the next decision", async () => {
  let ci = "green";
  await using loop = await providerLoop({ sensors: { ci: () => ({ signal: ci }) } });
  await ticksAt(loop, 0);
  await loop.mode("529");
  for (const [minute, signal] of [[1, "red"], [17, "red"], [18, "green"], [40, "red"]] as const) {
    ci = signal;
    loop.at(minute);
    await loop.tick();
  }
  assertEquals(await kinds(loop), ["failing"]);
  await loop.mode("well");
  assertEquals(await ticksAt(loop, 41), ["moved"]);
  assertEquals(await kinds(loop), ["failing", "recovered"]);
});

Deno.test("refused credentials are not over because their change is, unless the config changed", async () => {
  let ci = "green";
  await using loop = await providerLoop({ sensors: { ci: () => ({ signal: ci }) } });
  await ticksAt(loop, 0);
  await loop.mode("login");
  ci = "red";
  loop.at(1);
  assertEquals(await loop.tick(), "auth");
  ci = "green";
  loop.at(50);
  assertEquals(await loop.tick(), "idle");
  assertEquals((await readState(loop.profile)).parked?.kind, "auth");
  await tickOnce({ ...loop.profile, configDigest: "other" }, {
    sensors: { ci: () => ({ signal: ci }) },
  });
  assertEquals((await readState(loop.profile)).parked, null);
});
