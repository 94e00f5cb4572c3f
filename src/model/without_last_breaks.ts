/**
 * Takes the line breaks off the end of a text. By hand, since an expression for it takes seconds on a text with very many
 * of them anywhere else.
 */
export function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}
