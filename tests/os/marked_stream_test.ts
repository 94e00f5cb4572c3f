import { assertEquals } from "@std/assert";
import { MarkedStream } from "../../src/os/run_program.ts";

const MARK = "01234567-89ab-cdef-0123-456789abcdef";

/** Feeds bytes in pieces of `size`; gives what was passed on, what was heard, and the tail. */
async function feed(bytes: Uint8Array, size: number) {
  const passed: number[] = [];
  const reader = new MarkedStream(MARK, (chunk) => passed.push(...chunk));
  for (let i = 0; i < bytes.length; i += size) reader.take(bytes.slice(i, i + size));
  const tail = reader.tail();
  const status = await Promise.race([reader.marked, Promise.resolve(null)]);
  return { passed: new Uint8Array(passed), tail, status, deadline: reader.deadline };
}

Deno.test("MarkedStream passes every byte and none of the mark, however it is cut", async () => {
  const said = new TextEncoder().encode(
    `\x01\nwörld \u{1f600}\n\x01${MARK.slice(0, 20)}\n\x01\x01${MARK}`,
  );
  const text = Uint8Array.of(0xff, 0xfe, ...said, 0xe2);
  const own = new TextEncoder().encode(`\x01${MARK} deadline\n\x01${MARK} 137\n`);
  const bytes = Uint8Array.of(...text, ...own);
  for (let size = 1; size <= bytes.length; size++) {
    const { passed, status, deadline } = await feed(bytes, size);
    assertEquals([passed, status, deadline], [text, 137, true]);
  }
});

Deno.test("MarkedStream passes what only begins like the mark, once all is over", async () => {
  const text = new TextEncoder().encode(`oops\x01${MARK.slice(0, 30)}`);
  const { passed, tail, status } = await feed(text, 7);
  assertEquals([passed, tail, status], [text, `oops\x01${MARK.slice(0, 30)}`, null]);
});

Deno.test("MarkedStream does not hold back the last line of a program that goes to sleep", () => {
  const passed: string[] = [];
  const reader = new MarkedStream(MARK, (chunk) => passed.push(new TextDecoder().decode(chunk)));
  reader.take(new TextEncoder().encode("retrying in 3600 s\n"));
  assertEquals(passed, ["retrying in 3600 s\n"]);
});
