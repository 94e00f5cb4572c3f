import { assert } from "@std/assert";
import { makeMask } from "../../src/mask/mask.ts";
import { timeRatio } from "../support/time_ratio.ts";

const MANY = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`KEY_${i}_TOKEN`, `${i}-${crypto.randomUUID()}`]),
);

/** Texts that look like escapes, wrapped lines and beginnings of secrets all over. */
const HOSTILE = {
  words: "the quick brown fox \n",
  backslashes: "\\\\\\\\",
  percent: "%25%C3%",
  entities: "&amp;&#38;&",
  marks: "\n> > | # ",
  gaps: `a${" ".repeat(78)}`,
  halves: MANY.KEY_3_TOKEN.slice(0, 20),
  tokens: "eyJhbGciOi",
  secrets: `${MANY.KEY_5_TOKEN} `,
};

for (const [name, part] of Object.entries(HOSTILE)) {
  Deno.test(`makeMask takes time in proportion to a text of ${name}`, async () => {
    const mask = makeMask(MANY, []);
    const masks = (length: number) => () => {
      const text = `${part.repeat(length / part.length)} ${MANY.KEY_3_TOKEN}`;
      assert(mask(text).endsWith("[masked KEY_3_TOKEN]"));
    };
    masks(50_000)();
    const ratio = await timeRatio(masks(50_000), masks(500_000));
    assert(ratio < 50, `${ratio} times as long for 10 times the text`);
  });
}

Deno.test("makeMask takes little longer for many secrets than for one", async () => {
  const [one, many] = [makeMask({ A_TOKEN: MANY.KEY_3_TOKEN }, []), makeMask(MANY, [])];
  const text = `${'the quick brown fox, "quoted"\n'.repeat(8000)}${MANY.KEY_3_TOKEN}`;
  one(text);
  const ratio = await timeRatio(() => one(text), () => many(text), 3);
  assert(ratio < 8, `${ratio} times as long for 20 secrets`);
});
