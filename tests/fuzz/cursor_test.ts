import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EMPTY_CURSOR, remember, unseen } from "../../src/inbox/attention.ts";
import type { AttentionItem } from "../../src/schema/ask.ts";
import { UserError } from "../../src/schema/errors.ts";
import { fuzz } from "./fuzz.ts";
import { hostileText, mutated } from "./hostile_text.ts";

/** A cursor that remembers so many items. */
const many = (count: number) =>
  `1.${Array.from({ length: count }, (_, i) => i.toString(16).padStart(12, "0")).join("")}`;

const hex = fc.stringMatching(/^[0-9a-f]{12}$/);
const cursor = fc.oneof(
  { weight: 1, arbitrary: fc.constant(EMPTY_CURSOR) },
  { weight: 5, arbitrary: fc.array(hex, { maxLength: 20 }).map((all) => `1.${all.join("")}`) },
  { weight: 2, arbitrary: fc.integer({ min: 995, max: 1000 }).map(many) },
  { weight: 1, arbitrary: fc.constant(1001).map(many) },
);
const item = fc.tuple(fc.constantFrom("ask:1", "flag:a:1", "pulse", "parked"), hostileText())
  .map(([kind, text]): AttentionItem => ({
    key: `${kind}${text.slice(0, 20)}`,
    kind: "question",
    from: "looop",
    text: "?",
  }));

fuzz("cursor", {
  input: fc.record({
    cursor: fc.oneof({ weight: 4, arbitrary: cursor }, { weight: 1, arbitrary: mutated(cursor) }, {
      weight: 1,
      arbitrary: hostileText(["1.", "0123456789ab"]),
    }),
    items: fc.uniqueArray(item, { selector: ({ key }) => key, maxLength: 6 }),
    seen: fc.nat(6),
  }),
  shares: { accepted: 0.3, refused: 0.1 },
  async check({ cursor, items, seen }) {
    let fresh: AttentionItem[];
    try {
      fresh = await unseen(items, cursor);
    } catch (error) {
      assert(error instanceof UserError, `it threw ${error}`);
      return "refused";
    }
    assert(/^1\.([0-9a-f]{12})*$/.test(cursor) && cursor.length <= 12_002, "it is no cursor");
    assert(fresh.every((one) => items.includes(one)));
    const taken = fresh.slice(0, seen);
    const next = await remember(cursor, items, taken);
    assert(/^1\.([0-9a-f]{12})*$/.test(next) && next.length <= 12_002);
    // What was told is not told again, and what was not is not lost.
    assertEquals(await unseen(items, next), fresh.slice(seen));
    assertEquals(await unseen(items, await remember(next, items, [])), fresh.slice(seen));
    return "accepted";
  },
});
