import { assert, assertEquals } from "@std/assert";
import { makeFence } from "../../../src/decide/prompt/fence.ts";

Deno.test("a fence takes the last line breaks off a text, and no other", async () => {
  const fence = await makeFence("secret");
  const [first, ...lines] = fence("x", "\na\n\n").split("\n");
  assertEquals(lines, ["", "a", `${first.slice(3, -2)}>>>`]);
});

Deno.test("a fence is quick with very many line breaks", async () => {
  const fence = await makeFence("secret");
  const started = performance.now();
  fence("x", `${"\n".repeat(200_000)}x`);
  const ms = performance.now() - started;
  assert(ms < 1000, `${ms} ms`);
});
