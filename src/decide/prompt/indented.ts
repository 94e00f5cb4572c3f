/** Indents all but the first line of a text, so that none of them can look like a line of the prompt's own. */
export function indented(text: string): string {
  return text.replace(/\r\n?|[\n\u2028\u2029]/g, "\n  ");
}
