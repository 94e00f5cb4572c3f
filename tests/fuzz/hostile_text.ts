import fc from "fast-check";

/** What programs stumble over: ends of lines, nothing, half characters, turned directions, magic names. */
export const SNIPPETS = [
  ...["", " ", "\n", "\r", "\r\n", "\t", "\0", "\x01", "\x1b[2J", "\x1b]0;x\x07", "\x7f", "\x85"],
  ...["\u00a0", "\u2028", "\u2029", "\u200b", "\u202e", "\u2066", "\ufeff", "\ufffd", "\ufffe"],
  ...["\ud800", "\udfff", "\u{1f600}", "e\u0301", "\u{e0041}", "ｌｓ", "а", "ß", "İ"],
  ...["__proto__", "constructor", "toString", "prototype", "length", "null", "undefined", "NaN"],
  ...["1e999", "-0", "9007199254740993", "-1", "1e-400", "0x10", "true", "false", "Infinity"],
  ...['"', "'", "`", "\\", "{", "}", "[", "]", ":", ",", "$", "$(id)", "${x}", "!", "~", "*", "#"],
  ...["---", "---\n", "```", "```json\n", "<<<", ">>>", "../", "/", ".", "..", "%", "&", "|", ";"],
];

/** Any text, of up to a few hundred characters or, now and then, of a hundred thousand. */
export function hostileText(own: string[] = []): fc.Arbitrary<string> {
  const snippet = fc.constantFrom(...SNIPPETS, ...own);
  return fc.oneof(
    { weight: 4, arbitrary: fc.array(snippet, { maxLength: 12 }).map((all) => all.join("")) },
    { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
    { weight: 1, arbitrary: fc.string({ maxLength: 300, size: "max" }) },
    { weight: 1, arbitrary: repeated(own) },
  );
}

/** A few pieces over and over: what takes a pattern or a parser quadratic time. */
export function repeated(own: string[] = []): fc.Arbitrary<string> {
  return fc.tuple(
    fc.array(fc.constantFrom("a", "1", ...SNIPPETS, ...own), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(2, 10, 100, 501, 1001, 8193, 32_768, 100_000),
    fc.constantFrom(...SNIPPETS, ...own),
  ).map(([pieces, times, last]) => {
    const piece = pieces.join("");
    return piece.repeat(Math.min(times, Math.ceil(200_000 / (piece.length + 1)))) + last;
  });
}

/** One change of a text; places are shares of its length, so that it fits any. */
interface Mutation {
  kind: "insert" | "remove" | "repeat" | "cut" | "swap";
  from: number;
  to: number;
  text: string;
}

/** The texts of another generator, with up to three things wrong. */
export function mutated(
  texts: fc.Arbitrary<string>,
  own: string[] = [],
): fc.Arbitrary<string> {
  const mutation = fc.record<Mutation>({
    kind: fc.constantFrom("insert", "remove", "repeat", "cut", "swap"),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    to: fc.double({ min: 0, max: 1, noNaN: true }),
    text: fc.oneof(
      fc.constantFrom(...SNIPPETS, ...own),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
  });
  return fc.tuple(texts, fc.array(mutation, { maxLength: 3 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text));
}

function mutate(text: string, { kind, from, to, text: other }: Mutation): string {
  const start = Math.floor(from * text.length);
  // Mostly a small piece: what is left should still look like something.
  const end = Math.min(text.length, start + Math.ceil(to ** 4 * (text.length - start)));
  switch (kind) {
    case "insert":
      return text.slice(0, start) + other + text.slice(start);
    case "remove":
      return text.slice(0, start) + text.slice(end);
    case "repeat":
      return text.slice(0, end) + text.slice(start, end).repeat(3) + text.slice(end);
    case "cut":
      return text.slice(0, end);
    case "swap":
      return text.slice(0, start) + other + text.slice(end);
  }
}
