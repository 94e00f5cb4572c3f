import { assertEquals } from "@std/assert";
import { allInTurns, inTurns, spread } from "./in_turns.ts";

Deno.test("spread gives the least, the middle and the most, of an even count the mean of both middles", () => {
  assertEquals(spread([9, 1, 5]), { min: 1, median: 5, max: 9 });
  assertEquals(spread([8, 1, 2, 4]), { min: 1, median: 3, max: 8 });
  assertEquals(spread([7]), { min: 7, median: 7, max: 7 });
});

/** Gives these in turn, and notes that it was asked. */
function figures<T>(name: string, order: string[], values: T[]): () => Promise<T> {
  return () => {
    order.push(name);
    return Promise.resolve(values.shift()!);
  };
}

Deno.test("inTurns measures floor and subject in turns, and counts the first round for nothing", async () => {
  const order: string[] = [];
  const floor = figures("a", order, [1000, 10, 20, 40]);
  const subject = figures("b", order, [1, 30, 40, 40]);
  assertEquals(await inTurns(3, floor, subject), {
    ratio: { min: 1, median: 2, max: 3 },
    floor: { min: 10, median: 20, max: 40 },
    subject: { min: 30, median: 40, max: 40 },
  });
  assertEquals(order.join(""), "abababab");
});

Deno.test("allInTurns compares each figure with its own floor, without warming up where told so", async () => {
  const order: string[] = [];
  const floor = figures("a", order, [[10, 1], [20, 2]]);
  const subject = figures("b", order, [[10, 4], [60, 4]]);
  const [wall, cpu] = await allInTurns(2, floor, subject, 0);
  assertEquals(wall.ratio, { min: 1, median: 2, max: 3 });
  assertEquals(cpu.ratio, { min: 2, median: 3, max: 4 });
  assertEquals(order.join(""), "abab");
});
