import { stripAnsiCode } from "@std/colors";
import { join } from "@std/path";
import { COMPILE_FLAGS } from "./compile_flags.ts";
import { ownTarget, programName, TARGETS } from "./targets.ts";

/** A program that was compiled. */
export interface Compiled {
  path: string;
  bytes: number;
}

/**
 * Compiles looop's bundle into one program, `looop-<target>` in `directory`.
 *
 * The Deno that runs this fetches its runtime for the target (`denort`, some 40 MB) and keeps it.
 *
 * @param target one of {@linkcode TARGETS}
 * @param bundle the bundle's file, as `tools/bundle.ts` makes it
 * @param runtime the runtime's file, where it is not to be fetched. Default: what `DENORT_BIN` names, if anything.
 * @throws {Error} where that fails, with what to do.
 */
export async function compileTarget(
  target: string,
  dir: string,
  bundle: string,
  runtime: string | undefined = Deno.env.get("DENORT_BIN"),
): Promise<Compiled> {
  await Deno.mkdir(dir, { recursive: true });
  const path = join(dir, programName(target));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", ...COMPILE_FLAGS],
      ...["--target", TARGETS[target], "--output", path, bundle],
    ],
    env: { NO_COLOR: "1", ...runtime === undefined ? {} : { DENORT_BIN: runtime } },
    stdin: "null",
  }).output();
  if (!success) throw new Error(explain(target, new TextDecoder().decode(stderr)));
  return { path, bytes: (await Deno.stat(path)).size };
}

/**
 * Starts a program compiled for this machine, and returns what its `version` prints; `null` for another target. Removes
 * a program that does not start, so that it is not released.
 *
 * @throws {Error} where it does not start, or is not looop.
 */
export async function tryProgram(target: string, path: string): Promise<string | null> {
  if (target !== ownTarget()) return null;
  const { success, stdout, stderr } = await new Deno.Command(path, {
    args: ["version"],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout).trim();
  if (success && output.startsWith("looop ")) return output;
  await Deno.remove(path);
  const [first] = new TextDecoder().decode(stderr).split("\n");
  const runtime = Deno.env.get("DENORT_BIN");
  throw new Error(
    `${path} was compiled, but does not run, and was removed; it printed: ${stripAnsiCode(first)}` +
      (runtime === undefined
        ? ""
        : `\nis DENORT_BIN=${runtime} the denort of Deno ${Deno.version.deno} for ${target}?`),
  );
}

function explain(target: string, stderr: string): string {
  const output = stripAnsiCode(stderr).split("\n\nStack backtrace:")[0].trim();
  const [reason] = /error sending request for url.*/.exec(output) ?? [];
  if (reason === undefined) return `cannot compile looop for ${target}: ${output}`;
  return `cannot compile looop for ${target}, for want of Deno's runtime for it: ${reason}\n` +
    `fetch that file elsewhere, and set DENORT_BIN to the denort in it (Deno ${Deno.version.deno})`;
}
