import { assert, assertEquals } from "@std/assert";
import { type Cut, cutAtCalls, Upward } from "./cut_at_calls.ts";
import { chance, SAMPLE, SEED } from "./extent.ts";
import { type Call, CALLS, straceMissing } from "./kill_tick.ts";
import { type Kind, KINDS } from "./kinds.ts";
import { makeStage } from "./stage.ts";

/** About as many calls as a tick makes: for the sample, which meets some of them. */
const USUAL: Record<Call, number> = {
  rename: 10,
  write: 22,
  fsync: 11,
  spawn: 12,
  link: 1,
  unlink: 1,
  unlinkat: 1,
  truncate: 1,
};

for (const kind of KINDS) {
  Deno.test(`looop killed at ${SAMPLE ? "some calls" : "any call"}: ${kind.name}`, async () => {
    assertEquals(straceMissing(), null);
    await using stage = await makeStage(kind);
    const kills: string[] = [];
    for (const cuts of SAMPLE ? [sampleOf(kind)] : CALLS.map((call) => new Upward(call))) {
      const cut = await cutAtCalls(stage, cuts);
      kills.push(`${cut.kills}`);
      assertEquals(cut.problems, [], `LOOOP_CRASH_SEED=${SEED}`);
    }
    console.log(
      `      kills: ${SAMPLE ? kills : CALLS.map((call, i) => `${kills[i]} at ${call}`)}`,
    );
  });
}

Deno.test("a sample meets every kind of call", () => {
  const calls = new Set(KINDS.flatMap((kind) => sampleOf(kind).map(({ call }) => call)));
  assert(CALLS.every((call) => calls.has(call)));
});

/** Four kinds of call for each kind of move, each at a number left to chance. */
function sampleOf(kind: Kind): Cut[] {
  const random = chance(kind.name);
  const first = KINDS.indexOf(kind);
  return [0, 1, 2, 3].map((i) => CALLS[(first + i) % CALLS.length]).map((call) => ({
    call,
    nth: 1 + Math.floor(random() * USUAL[call]),
  }));
}
