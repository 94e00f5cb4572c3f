import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { approveAsk } from "../../src/inbox/answer.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { parseSchedule } from "../../src/profile/schedule_file.ts";
import type { Move } from "../../src/schema/move.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { scripted } from "../support/scripted_decider.ts";
import { decided } from "./scheduled.ts";

const DAILY = "every: 1d\nnote: tea\n";
const OWN = `${DAILY}do: { action: run, command: npm test }\n`;

function write(body: string, name = "tea"): Move {
  return { action: "write_schedule", name, body, journal: "wrote it", more: false };
}

const REMOVE: Move = { action: "remove_schedule", name: "tea", journal: "removed it", more: false };

/** Ticks on a change, with a decider that makes this move. */
async function make(profile: TempProfile, move: Move) {
  await profile.write("PLAYBOOK.md", `# ${crypto.randomUUID()}\n`);
  const { result } = await decided(profile, move);
  assert(result.outcome === "moved", result.outcome);
  return { ...result.result, verdict: `${result.verdict.then} ${result.verdict.rule}` };
}

Deno.test("write_schedule and remove_schedule are allowed, but asked for if the schedule has a move of its own", async () => {
  await using profile = await tempProfile();
  const made = await make(profile, write(DAILY));
  assertEquals([made.verdict, made.summary], [
    "allow write-schedule",
    "wrote schedules/tea.yaml",
  ]);
  assertEquals(await profile.read("schedules/tea.yaml"), DAILY);
  assertEquals((await make(profile, REMOVE)).verdict, "allow remove-schedule");
  assertEquals(await Deno.stat(`${profile.paths.schedules}/tea.yaml`).catch(() => null), null);
  await profile.write("schedules/tea.yaml", DAILY);
  const asked = await make(profile, write(OWN));
  assertEquals([asked.verdict, asked.status], ["ask write-schedule-do", "asked"]);
  const ask = JSON.parse(await profile.read(`asks/${asked.ask_id}.json`));
  assertStringIncludes(ask.approval.preview, "+do: { action: run, command: npm test }");
  await approveAsk(profile, asked.ask_id!);
  await tickOnce(profile, { decider: scripted().decide });
  assertEquals(await profile.read("schedules/tea.yaml"), OWN);
  // Also what removes or replaces it.
  assertEquals((await make(profile, write(DAILY))).verdict, "ask write-schedule-do");
  assertEquals((await make(profile, REMOVE)).verdict, "ask write-schedule-do");
});

Deno.test("a decider is told what is wrong with a schedule, a missing one and a masked one", async () => {
  await using profile = await tempProfile({ history: false });
  const cases: [Move, RegExp][] = [
    [write("every: 1w\n"), /schedules\/tea\.yaml: `every` must be/],
    [REMOVE, /there is no schedule `tea` \(there are none\)/],
    [write(`${DAILY}# [masked TOKEN]\n`), /it contains \[masked TOKEN\]/],
    [write(DAILY, "Tea"), /not a valid move/],
  ];
  for (const [move, why] of cases) {
    await profile.write("PLAYBOOK.md", `# ${why}\n`);
    const { result } = await decided(profile, move);
    assert(result.outcome === "failed");
    assertMatch(result.error.message, why);
  }
});

Deno.test("a user's edit of a schedule is never overwritten", async () => {
  await using profile = await tempProfile({ files: { "schedules/tea.yaml": DAILY } });
  await profile.write("PLAYBOOK.md", "# Other\n");
  const mine = DAILY.replace("1d", "2d");
  const result = await tickOnce(profile, {
    decider: async () => {
      await profile.write("schedules/tea.yaml", mine);
      return write(DAILY.replace("1d", "3d"));
    },
  });
  assert(result.outcome === "moved");
  assertEquals(result.result.status, "failed");
  assertEquals(await profile.read("schedules/tea.yaml"), mine);
});

Deno.test("a tainted decision marks what it writes, and may not change the user's schedules", async () => {
  const sensor = "#!/bin/sh\n# looop: trust=untrusted\ncat mail\n";
  await using profile = await tempProfile({
    files: { "sensors/mail.sh": sensor, mail: "{}", "schedules/mine.yaml": DAILY },
  });
  const tainted = async (move: Move) => {
    await profile.write("mail", `{"signal":"${crypto.randomUUID()}"}`);
    // The sensor alone would count as flapping.
    await profile.write("PLAYBOOK.md", `# ${crypto.randomUUID()}\n`);
    const { result } = await decided(profile, move);
    assert(result.outcome === "moved", result.outcome);
    return `${result.verdict.then} ${result.verdict.rule}`;
  };
  const texts = [
    DAILY,
    `untrusted: false\n${DAILY}`,
    "{ every: 1d, note: tea, untrusted: false }\n",
    `---\n"untrusted": false\n${DAILY}`,
    `\ufeff${DAILY}`,
  ];
  for (const [i, text] of texts.entries()) {
    assertEquals(await tainted(write(text, `s${i}`)), "allow write-schedule", text);
    const schedule = parseSchedule(`s${i}`, await profile.read(`schedules/s${i}.yaml`));
    assert(typeof schedule !== "string", `${schedule}`);
    assertEquals([schedule.untrusted, schedule.note], [true, "tea"], text);
  }
  assertEquals(await tainted(write(DAILY.replace("1d", "2d"), "mine")), "ask taint");
  assertEquals(await tainted({ ...REMOVE, name: "mine" } as Move), "ask taint");
  assertEquals(await tainted({ ...REMOVE, name: "s0" } as Move), "allow remove-schedule");
  // Without taint the mark needs the user.
  assertEquals((await make(profile, write(DAILY, "s1"))).verdict, "ask write-schedule-trust");
});
