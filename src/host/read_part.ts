import { cannot } from "./cannot.ts";
import { openFile } from "./open_file.ts";

/** Reads at most `maxBytes` of a file from a byte position on; `null` when there is no file. */
export async function readPart(
  path: string,
  position: number,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  using file = await openFile(path);
  if (file === null) return null;
  try {
    await file.seek(position, Deno.SeekMode.Start);
    const bytes = new Uint8Array(maxBytes);
    let filled = 0;
    while (filled < maxBytes) {
      const count = await file.read(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    throw cannot("read", path, error);
  }
}
