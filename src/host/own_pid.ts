/** The process id of this looop. */
export function ownPid(): number {
  return Deno.pid;
}
