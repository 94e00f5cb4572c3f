import { walkFiles } from "./checkout.ts";

/** What `deno task test:mutate` tests without arguments: paths of files or directories below `src/`. */
export const MODULES: readonly string[] = [
  "admit",
  "decide",
  "act",
  "log",
  "loop",
  "os/lock",
  "os/write",
  "workers/state",
  "mask",
];

/** The part of the program that one row of the report is about. */
export interface Module {
  /** As it was asked for, without `src/` and `.ts`. */
  name: string;
  /** The paths of its source files from the root of the checkout, sorted. */
  files: string[];
}

/**
 * Finds the source files of a module: of the file `src/NAME.ts`, and of everything in the directory `src/NAME/`.
 *
 * @throws {RangeError} where there is neither.
 */
export async function findModule(root: string, given: string): Promise<Module> {
  const name = given.replace(/^(\.\/)?(src\/)?/, "").replace(/(\/+|\.ts)$/, "");
  const files: string[] = [];
  for await (const path of walkFiles(root, "src")) {
    const isWithin = path === `src/${name}.ts` || path.startsWith(`src/${name}/`);
    if (isWithin && path.endsWith(".ts") && !path.endsWith(".d.ts")) files.push(path);
  }
  if (files.length > 0) return { name, files: files.sort() };
  throw new RangeError(
    `cannot find module ${given}: there is no src/${name}.ts and no source file in src/${name}/; ` +
      "name a file or directory below src/",
  );
}
