import { join } from "@std/path";

/** Finds an executable by its bare name in the folders of a `PATH` value; `null` when it is in none. */
export function findProgram(name: string, path: string): string | null {
  for (const folder of path.split(":")) {
    if (folder === "") continue;
    const candidate = join(folder, name);
    try {
      const { isFile, mode } = Deno.statSync(candidate);
      if (isFile && (mode === null || (mode & 0o111) !== 0)) return candidate;
    } catch {
      // not in this folder, or the folder cannot be read
    }
  }
  return null;
}
