/** The last `maxBytes` of a UTF-8 file, from the first whole line on; empty when there is no file. */
export async function readTail(path: string, maxBytes: number): Promise<string> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  using open = file;
  const { size } = await open.stat();
  const start = Math.max(0, size - maxBytes);
  const bytes = new Uint8Array(size - start);
  await open.seek(start, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < bytes.length) {
    const count = await open.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, filled));
  return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
}
