/**
 * The functions of `@std/fs` that looop uses, with its names and signatures: npm carries no `@std/fs`.
 *
 * @module
 */

/** Options of {@linkcode move}. */
export interface MoveOptions {
  /** Whether the destination may be replaced. Default `false`. */
  overwrite?: boolean;
}

/** Moves a file or directory. Throws `Deno.errors.AlreadyExists` if the destination exists and is not to be replaced. */
export async function move(
  src: string | URL,
  dest: string | URL,
  { overwrite = false }: MoveOptions = {},
): Promise<void> {
  const inPlace = await Deno.lstat(dest).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (inPlace && !overwrite) throw new Deno.errors.AlreadyExists("dest already exists.");
  if (inPlace) await Deno.remove(dest, { recursive: true });
  await Deno.rename(src, dest);
}
