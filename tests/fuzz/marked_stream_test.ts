import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MarkedStream } from "../../src/os/run_program.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText } from "./hostile_text.ts";

const MARK = "01234567-89ab-cdef-0123-456789abcdef";
const PIECES = [
  `\x01${MARK}`,
  `\x01${MARK.slice(0, 20)}`,
  `\x01`,
  `${MARK} 0\n`,
  `\x01${MARK.slice(0, 35)}`,
];

fuzz("stderr reader", {
  input: fc.record({
    said: fc.oneof(
      hostileText(PIECES),
      fc.array(fc.constantFrom("x", "\n", ...PIECES), { maxLength: 6 }).map((all) => all.join("")),
    ).map((text) => text.replaceAll(`\x01${MARK} `, "\x01")),
    odd: fc.uint8Array({ maxLength: 6 }),
    end: fc.constantFrom(
      "",
      ` 0\n`,
      ` 137\n`,
      ` deadline\n\x01${MARK} 137\n`,
      ` x\n\x01${MARK} 1\nlate`,
    ),
    cuts: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }),
    // Together they would be a mark of the supervisor.
  }).filter(({ said, odd }) => !(said.endsWith(`\x01${MARK}`) && odd[0] === 0x20)),
  shares: { ended: 0.3, "never ended": 0.1 },
  async check({ said, odd, end, cuts }) {
    const text = new Uint8Array([...new TextEncoder().encode(said), ...odd]);
    const supervisor = new TextEncoder().encode(end === "" ? "" : `\x01${MARK}${end}`);
    const bytes = new Uint8Array([...text, ...supervisor]);
    const passed: Uint8Array[] = [];
    const reader = new MarkedStream(MARK, (chunk) => passed.push(chunk.slice()));
    let at = 0;
    for (const size of cuts) {
      reader.take(bytes.subarray(at, at + size));
      at += size;
    }
    reader.take(bytes.subarray(at));
    const tail = reader.tail();
    const status = await Promise.race([reader.marked, Promise.resolve(null)]);
    assertEquals(await new Blob(passed as Uint8Array<ArrayBuffer>[]).bytes(), text);
    assertEquals(status, end === "" ? null : Number(/ (\d+)\n(late)?$/.exec(end)?.[1]));
    assertEquals(reader.deadline, end.includes("deadline"));
    assert(tail.length <= 2048);
    const whole = new TextDecoder().decode(text, { stream: true });
    assert(whole.trimEnd().endsWith(tail), "its tail is not the end");
    assert(
      tail.length >= Math.min(whole.slice(-2048).trim().length, 2048),
      "its tail is too short",
    );
    return end === "" ? "never ended" : "ended";
  },
});
