/** Moves a file that has reached `maxBytes` to `<path>.1`, over the one before it. */
export async function rotateFile(path: string, maxBytes: number): Promise<void> {
  try {
    const { size } = await Deno.stat(path);
    if (size >= maxBytes) await Deno.rename(path, `${path}.1`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
