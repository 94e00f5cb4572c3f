/**
 * Marks a goal as written from outside text: `untrusted: true` in its front matter, in place of any other
 * such line. A text without front matter stays as it is: its goal is broken, and runs no rules.
 */
export function markUntrusted(body: string): string {
  const match = /^(\ufeff?---[ \t]*\r?\n)([\s\S]*?)(^---[ \t]*\r?$[\s\S]*)/m.exec(body);
  if (!match || match.index !== 0) return body;
  const [, open, matter, rest] = match;
  return `${open}untrusted: true\n${matter.replace(/^untrusted[ \t]*:.*\r?\n/gm, "")}${rest}`;
}
