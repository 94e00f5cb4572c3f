import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkMove, parseMove } from "../../src/decide/parse_move.ts";
import { fuzz } from "./fuzz.ts";
import { jsonTexts } from "./hostile_json.ts";
import { hostileText, mutated } from "./hostile_text.ts";
import { assertMove, someMove } from "./valid_move.ts";

const wrappers: ((text: string, other: string) => string)[] = [
  (text) => text,
  (text) => "```json\n" + text + "\n```",
  (text, other) => `${other}\n\`\`\`\n${text}\n\`\`\`\n${other}`,
  (text, other) => `${other} ${text} ${other}`,
  (text) => `${text}\n${text}`,
  (text) => "```\n" + text + "\n```\n```json\n" + text + "\n```",
  (text, other) => `[\n${text},\n${JSON.stringify(other)}\n]`,
];

const answer = fc.tuple(
  jsonTexts(someMove),
  fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(wrappers.length - 1)),
  hostileText(),
).map(([text, which, other]) => wrappers[which](text, other));

fuzz("parse_move", {
  input: fc.oneof({ weight: 8, arbitrary: answer }, { weight: 1, arbitrary: mutated(answer) }),
  shares: { accepted: 0.1, refused: 0.3 },
  check(text) {
    const parsed = parseMove(text);
    if (!parsed.ok) {
      assert(parsed.why.length > 0 && parsed.why.length <= 2000, "the reason is too long");
      assert(!/[\n\r]/.test(parsed.why), `the reason is not one line: ${parsed.why}`);
      return "refused";
    }
    assertMove(parsed.move);
    // What was accepted is accepted again, and means the same.
    assertEquals(parseMove(JSON.stringify(parsed.move)), parsed);
    assertEquals(checkMove(structuredClone(parsed.move)), parsed);
    return "accepted";
  },
});
