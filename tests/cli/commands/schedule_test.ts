import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../../src/loop/run.ts";
import { cliOn } from "../../support/cli_on.ts";
import { git, subjects } from "../../support/git.ts";
import { noop, scripted } from "../../support/scripted_decider.ts";
import { SetClock } from "../../support/set_clock.ts";
import { tempProfile } from "../../support/temp_profile.ts";

const STANDUP = 'cron: "0 9 * * 1-5"\ntz: Europe/Berlin\nnote: Write the standup\n';

Deno.test("looop schedule writes, lists, shows, foretells and removes a schedule, in the history", async () => {
  const clock = new SetClock("2026-10-23T12:00:00Z");
  await using profile = await tempProfile({ clock });
  await tickOnce(profile, { decider: scripted(noop({ more: false })).decide });
  const run = (...args: string[]) => cliOn(profile, ["schedule", ...args], { input: STANDUP });
  assertEquals(await run("write", "standup", "-", "--note", "we agreed"), {
    status: 0,
    stdout: "wrote schedules/standup.yaml (new)\nnext: 2026-10-26 09:00 Europe/Berlin\n",
    stderr: "",
  });
  assertEquals((await run("show", "standup")).stdout, STANDUP);
  // The clock changes on the weekend.
  assertEquals(JSON.parse((await run("next", "standup", "2", "--json")).stdout), [
    { slot: "2026-10-26T08:00:00.000Z", local: "2026-10-26 09:00 Europe/Berlin" },
    { slot: "2026-10-27T08:00:00.000Z", local: "2026-10-27 09:00 Europe/Berlin" },
  ]);
  assertEquals((await run("next", "standup")).stdout.trim().split("\n").length, 5);
  const ls = (await run("ls")).stdout;
  assertMatch(ls, /^NAME +TIMES +NEXT +NOTE\n/);
  assertMatch(ls, /standup +0 9 \* \* 1-5 Europe\/Berlin +2026-10-26 09:00 +Write the standup/);
  assertEquals((await tickOnce(profile)).outcome, "idle");
  clock.set("2026-10-26T08:00:00Z");
  assertEquals(JSON.parse((await run("ls", "--json")).stdout)[0].due, "2026-10-26T08:00:00.000Z");
  const removed = await run("rm", "standup");
  assertEquals([removed.status, removed.stdout], [0, "removed schedules/standup.yaml\n"]);
  const { dataDir } = profile.paths;
  assertEquals((await subjects(dataDir)).slice(0, 2), [
    "removed schedules/standup.yaml",
    "wrote schedules/standup.yaml: we agreed",
  ]);
  assertEquals(await git(dataDir, "show", "HEAD^:schedules/standup.yaml"), STANDUP.trim());
  assertStringIncludes((await run("ls")).stdout, "no schedules: ");
});

Deno.test("looop schedule write refuses what no tick could read, and says where", async () => {
  await using profile = await tempProfile();
  const cases: [text: string, why: string][] = [
    ["every: 5\n", "`every`"],
    ["every: 90s\n", "`every` must be a number of minutes, hours or days"],
    ["every: 1d\ntz: UTC\n", "`every` takes no `tz`"],
    ['cron: "0 9 * * 1-5"\n', "it must have `tz`, such as Europe/Berlin or UTC"],
    ['cron: "0 9 * *"\ntz: UTC\n', "`cron` must have five fields"],
    ['cron: "0 0 9 * * *"\ntz: UTC\n', "`cron` must have five fields"],
    ['cron: "@daily"\ntz: UTC\n', "`cron` must have five fields"],
    ['cron: "0 25 * * *"\ntz: UTC\n', "`cron`: "],
    ['cron: "0 9 31 2 *"\ntz: UTC\n', "`cron` never matches"],
    ["cron: */5 * * * *\ntz: UTC\n", 'quote it: cron: "*/5 * * * *"'],
    ["at: 2026-02-30T09:00\ntz: UTC\n", "`at` must be a local time"],
    ["at: 2026-12-01T09:00Z\ntz: UTC\n", "`at` must be a local time"],
    ["at: 2026-12-01T09:00\ntz: Mars/Base\n", 'there is no time zone "Mars/Base"'],
    ["at: 2026-12-01T09:00\ntz: +01:00\n", 'there is no time zone "+01:00"'],
    ["every: 1d\nat: 2026-12-01T09:00\ntz: UTC\n", "it must have one of `cron`, `at` and `every`"],
    ["every: 1d\nuntil: 2026-12-01\n", "`until` must be a time with a zone"],
    ["every: 1d\ncatch_up: never\n", "catch_up"],
    ["every: 1d\nevry: 1d\n", "unknown key `evry`"],
    ["every: 1d\ndo: { action: dance }\n", "do"],
    ["every: 1d\ndo: { action: run }\n", "`do`: `run` needs `command`"],
    ["every: 1d\nnote: [masked TOKEN]\n", "with which looop hides"],
    ["every: 1d\nnote: &a x\ndo: { action: noop, reason: *a, x: [*a] }\n", "do"],
  ];
  for (const [input, why] of cases) {
    const { status, stderr } = await cliOn(profile, ["schedule", "write", "s", "-"], { input });
    assertEquals(status, 1, input);
    assertStringIncludes(stderr, "cannot write schedules/s.yaml: ", input);
    assertStringIncludes(stderr, why, input);
  }
  const wrong = await cliOn(profile, ["schedule", "write", "../s", "-"], { input: STANDUP });
  assertEquals(wrong.status, 2);
  const none = await cliOn(profile, ["schedule", "show", "s"]);
  assertEquals([none.status, none.stderr], [
    1,
    "looop: there is no schedule s (there are none)\n",
  ]);
  for (const count of ["0", "1001", "x"]) {
    assertEquals((await cliOn(profile, ["schedule", "next", "s", count])).status, 2);
  }
});
