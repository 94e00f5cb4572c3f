import { findProgram } from "./find_program.ts";

/**
 * The Deno that runs `.ts` sensors: the one that runs looop, or where looop is a compiled binary, the first
 * `deno` in the folders of a `PATH` value; `null` when there is none.
 */
export function findDeno(path: string): string | null {
  return Deno.build.standalone ? findProgram("deno", path) : Deno.execPath();
}
