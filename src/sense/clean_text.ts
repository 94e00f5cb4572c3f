/**
 * Makes one safe line of what a program said, at most `max` characters from its start or its end: no escape
 * sequences or control, format and private characters (they could fake lines or recolour a terminal), and white
 * space collapsed.
 */
export function cleanText(text: string, max: number, keep: "start" | "end" = "start"): string {
  const line = text
    // deno-lint-ignore no-control-regex -- these are what is looked for
    .replace(/\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?)/g, "")
    .replace(/\p{C}+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...line];
  if (characters.length <= max) return line;
  return keep === "start"
    ? `${characters.slice(0, max - 1).join("")}…`
    : `…${characters.slice(1 - max).join("")}`;
}
