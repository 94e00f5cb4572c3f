import { stripAnsiCode } from "@std/colors";

/**
 * The text as a terminal may show it. What a model wrote could otherwise move the cursor, change the title
 * or reorder what stands there: colours, control and direction characters go; tabs and line breaks stay.
 */
export function plainText(text: string): string {
  return stripAnsiCode(text)
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
}
