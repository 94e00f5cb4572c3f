/** Makes a folder, and those above it, for its owner alone; one that is there stays as it is. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`cannot make the folder ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
