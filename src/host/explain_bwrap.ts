import type { ProgramEnd } from "./run_program.ts";

/**
 * Says in one line why bubblewrap could not start a program, by how it ended; `null`: it did, as far as one can tell,
 * since a program may print the like itself.
 */
export function explainBwrap(
  { status, stderrTail }: Pick<ProgramEnd, "status" | "stderrTail">,
): string | null {
  const said = /(?:^|\n)bwrap: ([^\n]+)\s*$/.exec(stderrTail)?.[1];
  if (status !== 1 || said === undefined) return null;
  const hint = /namespace|uid map|Operation not permitted|No permissions/i.test(said)
    ? `; this machine gives no user namespaces (try: bwrap --ro-bind / / true), which its administrator can allow`
    : "";
  return `the sandbox could not be made: bwrap: ${said}${hint}`;
}
