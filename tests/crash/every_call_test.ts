import { assertEquals } from "@std/assert";
import { cutAtEveryCall } from "./cut_at_every_call.ts";
import { CALLS, straceMissing } from "./kill_tick.ts";
import { KINDS } from "./kinds.ts";
import { makeStage } from "./stage.ts";

for (const kind of KINDS) {
  Deno.test(`looop killed at any call of its own during: ${kind.name}`, async (test) => {
    assertEquals(straceMissing(), null);
    await using stage = await makeStage(kind);
    for (const call of CALLS) {
      await test.step(call, async () => {
        const { kills, problems } = await cutAtEveryCall(stage, call);
        console.log(`      ${kind.name}: ${kills} kills at ${call}`);
        assertEquals(problems, []);
      });
    }
  });
}
