/** Reads a UTF-8 file from a byte position on; empty when it is shorter or not there. */
export async function readFrom(path: string, position: number): Promise<string> {
  try {
    using file = await Deno.open(path, { read: true });
    const { size } = await file.stat();
    if (size <= position) return "";
    await file.seek(position, Deno.SeekMode.Start);
    return await new Response(file.readable).text();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The length of a file in bytes; 0 when it is not there. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
