import { assertEquals } from "@std/assert";
import { PendingTasks } from "../../src/os/clock.ts";

Deno.test("PendingTasks forgets what has ended, and waits for what has not", async () => {
  const underWay = new PendingTasks();
  const slow = Promise.withResolvers<void>();
  underWay.add(slow.promise);
  for (let n = 0; n < 1000; n++) underWay.add(Promise.resolve(n));
  await Promise.resolve();
  assertEquals(underWay.size, 1);
  let ended = false;
  const waiting = underWay.ended().then(() => ended = true);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(ended, false);
  slow.resolve();
  await waiting;
  assertEquals(underWay.size, 0);
});
