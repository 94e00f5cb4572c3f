import { cannot } from "./cannot.ts";

/** Who may do what with a file or folder. */
export interface FileAccess {
  /** Permission bits, such as 0o700. */
  mode: number;
  /** Whether it belongs to the user that looop runs as. */
  own: boolean;
}

/** Looks up who may do what with what stands at a path, symlinks followed; `null` where nothing does. */
export async function fileAccess(path: string): Promise<FileAccess | null> {
  try {
    const { mode, uid } = await Deno.stat(path);
    return { mode: (mode ?? 0) & 0o777, own: uid === null || uid === Deno.uid() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("look at", path, error);
  }
}
