import { assert, assertEquals } from "@std/assert";
import { approvedMove } from "../../src/decide/decide.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { placeId, profileId } from "../../src/profile/markers.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { Answer, Ask } from "../../src/schema/ask.ts";
import type { Move } from "../../src/schema/move.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { approvalAsk } from "./approval_ask.ts";

const TOUCH: Move = { action: "run", command: "touch made", journal: "made it" };
const at = (hour: number) => `2026-11-23T${String(hour).padStart(2, "0")}:00:00.000Z`;
const clock = { now: () => new Date(at(23)), sleep: () => Promise.resolve() };

async function approvalOf(
  profile: Profile,
  id: string,
  answer?: Answer,
  move: Move = TOUCH,
): ReturnType<typeof approvalAsk> {
  return await approvalAsk(id, move, {
    answer,
    profile: await profileId(profile),
    place: await placeId(profile),
  });
}

Deno.test("approvedMove takes the yes that came first, and nothing else", async () => {
  await using profile = await tempProfile({ clock });
  const other: Move = { ...TOUCH, command: "touch other" };
  const asks = [
    await approvalOf(profile, "open"),
    await approvalOf(profile, "no", { text: "no: yes it is bad", at: at(10) }),
    await approvalOf(profile, "second", { text: "yes", at: at(12) }),
    await approvalOf(profile, "first", { text: " Approve\n", at: at(11) }, other),
    await approvalOf(profile, "third", { text: "yes", at: at(13) }),
  ];
  assertEquals(await approvedMove(profile, asks.slice(0, 2)), null);
  assertEquals(await approvedMove(profile, asks), { by: "approval", source: "first", move: other });
  assertEquals(profile.warnings, []);
});

Deno.test("approvedMove makes nothing of a yes that this profile did not ask for, and says so", async () => {
  await using profile = await tempProfile({ clock });
  const good = await approvalOf(profile, "a", { text: "yes", at: at(10) });
  const { approval } = good;
  const hostile = { ...TOUCH, command: "rm -r x" } as Move;
  const year = "2027-11-23T09:00:00.000Z";
  const bad: [string, Ask][] = [
    ["its move was changed after it was requested", {
      ...good,
      approval: { ...approval, move: hostile },
    }],
    ["it was requested in another profile", {
      ...good,
      approval: { ...approval, profile: "0".repeat(32) },
    }],
    [
      "it names no profile (written by an older looop, or by hand)",
      { ...good, approval: { ...approval, profile: undefined } },
    ],
    [
      "it would be valid for longer than 24 hours",
      { ...good, approval: { ...approval, expires_at: "2026-11-24T09:01:01.000Z" } },
    ],
    ["its times are invalid", { ...good, approval: { ...approval, expires_at: "never" } }],
    ["its times are invalid", { ...good, asked_at: "once" }],
    [
      "its request is dated in the future",
      { ...good, asked_at: year, approval: { ...approval, expires_at: year } },
    ],
    ["it was answered before it was requested", { ...good, answer: { text: "yes", at: at(8) } }],
    ["its answer is dated in the future", {
      ...good,
      answer: { text: "yes", at: "2026-11-24T08:00:00.000Z" },
    }],
    ["the time of its answer is invalid", { ...good, answer: { text: "yes", at: "now" } }],
  ];
  for (const [why, ask] of bad) {
    profile.warnings.length = 0;
    assertEquals(await approvedMove(profile, [ask]), null, why);
    assertEquals(profile.warnings, [`the approval a is ignored: ${why}`]);
  }
  assertEquals((await approvedMove(profile, [good]))?.source, "a");
});

Deno.test("approvedMove ignores an approval that came too late", async () => {
  const later = { ...clock, now: () => new Date("2026-11-25T09:00:00.000Z") };
  await using profile = await tempProfile({ clock: later });
  const late = await approvalOf(profile, "a", { text: "yes", at: "2026-11-24T09:00:00.001Z" });
  assertEquals(await approvedMove(profile, [late]), null);
  assertEquals(profile.warnings, ["the approval a is ignored: it was answered after it expired"]);
});

Deno.test("a decider in code may leave fields undefined, also in a move that needs approval", async () => {
  await using profile = await tempProfile();
  const move = {
    action: "run",
    command: "touch a; touch b",
    journal: "x",
    more: undefined,
    goal: undefined,
  };
  const result = await tickOnce(profile, { decider: scripted(move as Move).decide });
  assert(result.outcome === "moved");
  assertEquals(result.result.status, "asked");
  const ask = await findAsk(profile, result.result.ask_id ?? "");
  assertEquals(ask?.approval?.move, { action: "run", command: "touch a; touch b", journal: "x" });
});

for (
  const [what, decide, why] of [
    ["throws", () => Promise.reject(new Error("boom")), "the decider threw: boom"],
    [
      "gives nothing",
      () => undefined,
      "the decider's answer was rejected: not a valid move: must be an object; found nothing",
    ],
    [
      "gives what JSON cannot hold",
      () => ({ action: "noop", reason: 1n, journal: "x" }),
      "the decider's answer was rejected: not a valid move: `reason` must be text; found 1",
    ],
  ] as [string, () => unknown, string][]
) {
  Deno.test(`a decider in code that ${what} is a failed decision`, async () => {
    await using profile = await tempProfile();
    const result = await tickOnce(profile, { decider: decide as () => Move });
    assert(result.outcome === "failed");
    assertEquals(result.error, { kind: "refused", message: why });
  });
}
