/** Tells whether anything can be seen at a path, a link that leads nowhere too; what cannot be looked at is not there. */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
