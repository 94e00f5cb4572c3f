import { assert, assertEquals } from "@std/assert";
import { inPool } from "../../src/sense/sense.ts";
import { type Cut, cutOff } from "./cut_off.ts";
import { chance, LANES, SAMPLE, SEED } from "./extent.ts";
import { type Call, CALLS, straceMissing } from "./kill_tick.ts";
import type { Kind } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { makeStage } from "./stage.ts";
import { upward } from "./upward.ts";

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
    const kills = new Map<Call, number>();
    const problems: string[] = [];
    const cut = async (at: Cut) => {
      const end = await cutOff(stage, at);
      if (end.killed) kills.set(at.call, (kills.get(at.call) ?? 0) + 1);
      problems.push(...end.problems);
      return end.killed;
    };
    if (SAMPLE) await inPool(sampleOf(kind), LANES, cut);
    else for (const call of CALLS) await upward((nth) => cut({ call, nth }));
    const told = [...kills].map(([call, count]) => `${count} at ${call}`).join(", ");
    console.log(`      killed: ${told}`);
    assertEquals(problems, [], `LOOOP_CRASH_SEED=${SEED}`);
  });
}

Deno.test("the sample meets every kind of call", () => {
  const calls = new Set(KINDS.flatMap((kind) => sampleOf(kind).map(({ call }) => call)));
  assert(CALLS.every((call) => calls.has(call)));
});

/** Two kinds of call for each kind of move, each at a number left to chance. */
function sampleOf(kind: Kind): Cut[] {
  const random = chance(kind.name);
  const first = KINDS.indexOf(kind);
  return [0, 1].map((i) => CALLS[(first + i) % CALLS.length]).map((call) => ({
    call,
    nth: 1 + Math.floor(random() * USUAL[call]),
  }));
}
