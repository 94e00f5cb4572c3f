import { assert, assertEquals } from "@std/assert";
import { findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import type { Move } from "../../src/schema/move.ts";
import { tempProfile } from "../profile/temp_profile.ts";
import { scripted } from "../scripted_decider.ts";

Deno.test("a decider in code may leave fields undefined, also in a move that needs a yes", async () => {
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
      "the decider gave no valid move: not a valid move: must be an object; found nothing",
    ],
    [
      "gives what JSON cannot hold",
      () => ({ action: "noop", reason: 1n, journal: "x" }),
      "the decider gave no valid move: not a valid move: `reason` must be text; found 1",
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
