import { assert, assertEquals } from "@std/assert";
import { makeFence } from "../../../src/decide/prompt/prompt.ts";
import { timeRatio } from "../../time_ratio.ts";

Deno.test("a fence takes the last line breaks off a text, and no other", async () => {
  const fence = await makeFence("secret");
  const [first, ...lines] = fence("x", "\na\n\n").split("\n");
  assertEquals(lines, ["", "a", `${first.slice(3, -2)}>>>`]);
});

Deno.test("a fence takes time in proportion to the line breaks", async () => {
  const fence = await makeFence("secret");
  const fences = (breaks: number) => () => fence("x", `${"\n".repeat(breaks)}x`);
  const ratio = await timeRatio(fences(1000), fences(10_000));
  assert(ratio < 50, `${ratio} times as long for 10 times the line breaks`);
});
