/**
 * The functions of `@std/fs` that looop uses, with its names and signatures: npm carries no `@std/fs`.
 *
 * @module
 */

/** Options of {@linkcode exists}. */
export interface ExistsOptions {
  /** Whether it must be a directory. Default `false`. */
  isDirectory?: boolean;
  /** Whether it must be a file. Default `false`. */
  isFile?: boolean;
}

/** Reports whether a path leads to a file or directory; symlinks are followed. */
export async function exists(path: string | URL, options: ExistsOptions = {}): Promise<boolean> {
  try {
    const found = await Deno.stat(path);
    return (!options.isDirectory || found.isDirectory) && (!options.isFile || found.isFile);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

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
