/** The user id of this looop. */
export function ownUid(): number {
  return Deno.uid() ?? 0;
}
