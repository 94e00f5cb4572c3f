import { cannot } from "./cannot.ts";

/** Milliseconds since a file or folder was changed, seen at `now` (ms since 1970); `null` when it is not there. */
export async function fileAge(path: string, now: number): Promise<number | null> {
  try {
    const { mtime } = await Deno.lstat(path);
    return now - (mtime?.getTime() ?? now);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("look at", path, error);
  }
}
