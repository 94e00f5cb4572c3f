import { cannot } from "./cannot.ts";
import { findFile } from "./find_file.ts";
import { openFile } from "./open_file.ts";

/** Reads a UTF-8 file from a byte position on; empty when it is shorter or not there. */
export async function readFrom(path: string, position: number): Promise<string> {
  using file = await openFile(path);
  if (file === null) return "";
  try {
    const { size } = await file.stat();
    if (size <= position) return "";
    await file.seek(position, Deno.SeekMode.Start);
    return await new Response(file.readable).text();
  } catch (error) {
    throw cannot("read", path, error);
  }
}

/** The length of a file in bytes; 0 when it is not there. */
export function fileSize(path: string): number {
  return findFile(path)?.size ?? 0;
}
