import { assertEquals } from "@std/assert";
import { makeMask, maskJson, MaskStream, NO_MASK, OutputTail } from "../../src/mask/mask.ts";

const PEM = `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
q3Ya
-----END PRIVATE KEY-----`;

Deno.test("maskJson masks texts, keys and numbers, and leaves its argument alone", () => {
  const mask = makeMask({ A_TOKEN: "abcdef", PIN_CODE_TOKEN: "12345678" }, []);
  const value = { abcdef: ["x abcdef", 12345678, 1, null, true], b: { c: 123456789 } };
  assertEquals(maskJson<unknown>(mask, value), {
    "[masked A_TOKEN]": ["x [masked A_TOKEN]", "[masked PIN_CODE_TOKEN]", 1, null, true],
    b: { c: "[masked PIN_CODE_TOKEN]9" },
  });
  assertEquals(value.abcdef[0], "x abcdef");
});

Deno.test("MaskStream hides what is cut anywhere between two pieces, and holds nothing else back", () => {
  const mask = makeMask({ A_TOKEN: "abcabd", B_TOKEN: "abdefg12", DEPLOY_KEY: PEM }, []);
  const text = `abc abcabd abcabdefg12 ab\nabcab ${PEM} abdefg1 abcabc`;
  for (const size of [1, 2, 3, 5, 7, 16, 64, 1000]) {
    const stream = new MaskStream(mask);
    let masked = "";
    for (let at = 0; at < text.length; at += size) masked += stream.push(text.slice(at, at + size));
    assertEquals(masked + stream.end(), mask(text), `pieces of ${size}`);
  }
  const stream = new MaskStream(makeMask({ A_TOKEN: "abcabd", B_TOKEN: "abdefg12" }, []));
  assertEquals([stream.push("all is ok\n"), stream.push("so abcab")], ["all is ok\n", "so "]);
  assertEquals([stream.push("!"), stream.end()], ["abcab!", ""]);
});

const ONE = { A_TOKEN: "abcabf" };
const INSIDE = { A_TOKEN: "zzzzxx", B_TOKEN: "xxabcdefyyy", C_TOKEN: "abcdef" };
const TWO = { ...ONE, B_TOKEN: "bfuvwz" };
for (
  const [secrets, first, shown] of [
    [ONE, "all is ok", "all is ok"],
    [ONE, "so abcab", "so "],
    [ONE, "so abcabf", "so [masked A_TOKEN]"],
    [ONE, "so abcabf!", "so [masked A_TOKEN]!"],
    [ONE, "so abcabfabc", "so [masked A_TOKEN]"],
    [ONE, "a", ""],
    [ONE, "", ""],
    // The end of the first secret may be the beginning of the second one.
    [TWO, "so abcabf", "so "],
    [TWO, "abcabf! abcabf", "[masked A_TOKEN]! "],
    [TWO, "abcabfb", "[masked A_TOKEN]"],
    [TWO, "abcabfu bf", "[masked A_TOKEN]u "],
    [TWO, "abcabfuvwz", "[masked A_TOKEN]"],
    // A complete secret may also be within the beginning of another.
    [INSIDE, "- xxabcdefy", "- "],
    [INSIDE, "- zzzzxxabcdefy", "- "],
  ] as [Record<string, string>, string, string][]
) {
  const what = `${Object.keys(secrets).length} secrets`;
  Deno.test(`MaskStream of ${what} prints "${shown}" as soon as "${first}" arrives`, () => {
    const mask = makeMask(secrets, []);
    const stream = new MaskStream(mask);
    assertEquals(stream.push(first), shown);
    assertEquals(shown + stream.push("?") + stream.end(), mask(`${first}?`));
  });
}

Deno.test("MaskStream hides a token that no variable holds, cut anywhere", () => {
  const mask = makeMask({}, []);
  const tokens = [
    `ghp_${"a1B2".repeat(9)}`,
    `AKIA${"A1B2".repeat(4)}`,
    `sk-ant-api03-${"a-B_".repeat(9)}`,
  ];
  const text = `g gh ghp_ ${tokens.join(" ")}, task-ant-${"a1B2".repeat(9)}x`;
  assertEquals(
    mask(tokens.join(" ")),
    "[masked CREDENTIAL] [masked CREDENTIAL] [masked CREDENTIAL]",
  );
  for (const size of [1, 2, 3, 5, 7, 16, 64, 1000]) {
    const stream = new MaskStream(mask);
    let masked = "";
    for (let at = 0; at < text.length; at += size) masked += stream.push(text.slice(at, at + size));
    assertEquals(masked + stream.end(), mask(text), `pieces of ${size}`);
  }
});

Deno.test("MaskStream prints the rest once", () => {
  const stream = new MaskStream(makeMask(ONE, []));
  assertEquals([stream.push("so abc"), stream.end(), stream.end()], ["so ", "abc", ""]);
});

Deno.test("MaskStream without secrets passes each piece on", () => {
  const stream = new MaskStream(NO_MASK);
  assertEquals([stream.push("ab"), stream.push("c"), stream.end()], ["ab", "c", ""]);
  assertEquals(NO_MASK.settled("abc"), 3);
});

function tailOf(max: number, ...pieces: (string | Uint8Array)[]): string {
  const tail = new OutputTail(makeMask({ A_TOKEN: "s3cret-value" }, []), max);
  const write = tail.stream();
  for (const piece of pieces) {
    write(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  }
  return tail.text();
}

const euro = new TextEncoder().encode("€");

for (
  const [what, max, pieces, text] of [
    ["keeps all of a short output", 20, ["one\n", "two\n"], "one\ntwo"],
    ["keeps the end of a long output", 5, ["0123", "456789"], "56789"],
    ["keeps tabs and the newlines within", 20, ["\n a\tb\r\nc \n"], "a\tb\nc"],
    ["joins a character that is split", 20, [euro.slice(0, 1), euro.slice(1)], "€"],
    ["marks a character that is never completed", 20, ["a", euro.slice(0, 2)], "a\ufffd"],
    ["does not split a surrogate pair", 2, ["a\u{1f600}b"], "\ufffdb"],
    ["masks a secret that is split", 40, ["a s3cret", "-value b"], "a [masked A_TOKEN] b"],
    ["prints the beginning of a secret", 40, ["a s3cret"], "a s3cret"],
    ["removes colors", 20, ["\x1b[1;31mred\x1b[0m \x1b[?25lx"], "red x"],
    ["masks a secret with colors in it", 40, ["s3cret\x1b[1m-value"], "[masked A_TOKEN]"],
    ["removes other control characters", 20, ["a\x00\x07b\x1b\x7f\x85c"], "abc"],
    ["keeps no more than four lengths", 4, ["abcd" + "\x1b[0m".repeat(4)], ""],
    ["fills its length if most is invisible", 4, ["abcd\x1b[0m\x1b[0m\x1b[0m"], "abcd"],
  ] as [string, number, (string | Uint8Array)[], string][]
) {
  Deno.test(`OutputTail ${what}`, () => {
    assertEquals(tailOf(max, ...pieces), text);
  });
}

Deno.test("OutputTail masks each stream by itself", () => {
  const tail = new OutputTail(makeMask({ A_TOKEN: "s3cret-value" }, []), 100);
  const [out, err] = [tail.stream(), tail.stream()];
  const write = (to: (chunk: Uint8Array) => void, text: string) =>
    to(new TextEncoder().encode(text));
  write(out, "1 s3cret");
  write(err, "2 s3cret");
  write(out, "-value!\n");
  write(err, " 3\n");
  assertEquals(tail.text(), "1 2 [masked A_TOKEN]!\ns3cret 3");
});
