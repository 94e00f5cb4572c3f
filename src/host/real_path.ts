/** The absolute path behind all symlinks; `null` where it leads nowhere. */
export async function realPath(path: string): Promise<string | null> {
  try {
    return await Deno.realPath(path);
  } catch {
    return null;
  }
}
