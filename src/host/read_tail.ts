import { openFile } from "./open_file.ts";

/** The last `maxBytes` of a UTF-8 file, from the first whole line on; empty when there is no file. */
export async function readTail(path: string, maxBytes: number): Promise<string> {
  using file = await openFile(path);
  if (file === null) return "";
  const { size } = await file.stat();
  const start = Math.max(0, size - maxBytes);
  const bytes = new Uint8Array(size - start);
  await file.seek(start, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < bytes.length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  const text = new TextDecoder().decode(bytes.subarray(0, filled));
  return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
}
