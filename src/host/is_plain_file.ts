import { cannot } from "./cannot.ts";

/**
 * Tells whether a regular file stands at a path, and no link to one: reading it cannot hang, nor lead elsewhere.
 * `null` where nothing is there.
 */
export function isPlainFile(path: string): boolean | null {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("look at", path, error);
  }
}
