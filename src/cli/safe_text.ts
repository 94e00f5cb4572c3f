/**
 * What a terminal would obey, or a reader could not see: control characters, line separators, characters that
 * change the direction of a text or take no room, and halves of surrogate pairs. Emoji may be joined by U+200D
 * and presented by U+FE0E and U+FE0F.
 */
const UNSAFE =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d|(?<![\p{Emoji}])[\ufe0e\ufe0f]|(?![\n\u200d\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes a text from outside (a model's, a sensor's, a file's) safe to show in a terminal: what is unsafe is
 * shown as an escape such as `\x1b`, so that nothing is hidden. Line breaks stay; tabs become spaces.
 */
export function safeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").replace(UNSAFE, escape);
}

/** The same on one line: runs of line breaks and blanks become one space. */
export function safeLine(text: string): string {
  return safeText(text).replace(/\s+/g, " ").trim();
}

/** JSON whose strings are safe to show in a terminal, too: what is unsafe is escaped as JSON allows. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    UNSAFE,
    (found) =>
      [...Array(found.length).keys()].map((i) => `\\u${hex(found.charCodeAt(i), 4)}`).join(""),
  );
}

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
