import { assert, assertEquals } from "@std/assert";
import { killedCase } from "./killed_case.ts";
import type { Kind } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { WORKER_KINDS } from "./kinds_of_workers.ts";
import { newTemplate } from "./new_template.ts";
import type { Scene } from "./scene.ts";
import { type Call, CALLS, listWrites, tickKilledAt } from "./tick_killed_at.ts";

/** How many ticks are made at a time. */
const LANES = 2;

for (const kind of [...KINDS, ...WORKER_KINDS]) {
  Deno.test(`a tick (${kind.name}) that is killed at any of its calls is put right by the next`, async () => {
    const template = await newTemplate(kind);
    try {
      const counts: string[] = [];
      for (const call of CALLS) counts.push(`${await everyCall(template, kind, call)} ${call}`);
      console.log(`${kind.name}: killed at ${counts.join(", ")}`);
    } finally {
      await Deno.remove(template.root, { recursive: true });
    }
  });
}

/** Kills at the first, second, … call until the tick makes fewer of them; gives how many those are. */
async function everyCall(template: Scene, kind: Kind, call: Call): Promise<number> {
  const writes: string[] = [];
  if (call === "write") {
    await killedCase(template, kind, async (scene) => {
      writes.push(...await listWrites(scene));
      return false;
    });
    assert(writes.length > 0);
  }
  const survived: number[] = [];
  const killed: number[] = [];
  let next = 1;
  const lane = async () => {
    while (survived.length === 0) {
      const nth = next++;
      const kill = async (scene: Scene) => {
        const result = await tickKilledAt(scene, { call, nth }, writes);
        if (result) assertEquals(result.outcome, kind.outcome ?? "moved", JSON.stringify(result));
        return result === null;
      };
      try {
        (await killedCase(template, kind, kill) ? killed : survived).push(nth);
      } catch (error) {
        throw new Error(`${kind.name}, killed at ${call} ${nth}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const last = Math.min(...survived);
  assertEquals(killed.filter((nth) => nth > last), [], `${call} ${last} was never made`);
  return last - 1;
}
