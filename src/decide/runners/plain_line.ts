import { plainText } from "./plain_text.ts";

/** Like {@linkcode plainText}, on one line and cut to 500 characters. */
export function plainLine(text: string): string {
  const line = plainText(text).replaceAll(/\s+/g, " ").trim();
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}
