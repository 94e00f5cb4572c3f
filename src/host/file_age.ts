import { cannot } from "./cannot.ts";

/** Milliseconds since a file or folder was changed, seen at `now` (ms since 1970); `null` when it is not there. */
export function fileAge(path: string, now: number): number | null {
  try {
    const { mtime } = Deno.lstatSync(path);
    return now - (mtime?.getTime() ?? now);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("look at", path, error);
  }
}
