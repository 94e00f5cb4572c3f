import { assert } from "@std/assert";
import { liveDay } from "./day/live_day.ts";

Deno.test("a day of three repositories, a site, a test suite and four goals has no stale ask and no lost answer, and few decisions", async () => {
  const figures = await liveDay();
  const { decisions, changes, usd, seen } = figures;
  console.log(figures);
  assert(decisions / changes <= 1.3, `${decisions} decisions for ${changes} changes`);
  assert(Math.abs(usd - 0.04 * decisions) < 1e-6, `$${usd}`);
  assert(seen.length >= 9, `${seen.length} asks`);
  for (const { question, s } of seen) assert(s <= 1, `${question} after ${s} s`);
});
