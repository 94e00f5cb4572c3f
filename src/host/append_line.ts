import { cannot } from "./cannot.ts";
import { findFile } from "./find_file.ts";

/** How a line is appended. */
export interface AppendOptions {
  /** Wait until the disk has it. Default `true`. */
  durable?: boolean;
  /** Told what is wrong where the last line had no end: a crash tore it, or an editor left it so. */
  onTorn?(problem: string): void;
}

/**
 * Appends one line in a single write. A last line that has no end is ended by that same write, so that it can
 * never swallow this one. A line that fails to be written leaves no half behind.
 *
 * @returns the file's length in bytes before this line (and after a torn line was ended).
 * @throws {UserError} with the path in it, whatever kept the line from being appended.
 */
export async function appendLine(
  path: string,
  line: string,
  { durable = true, onTorn }: AppendOptions = {},
): Promise<number> {
  findFile(path, "append to");
  try {
    using file = await Deno.open(path, { read: true, append: true, create: true, mode: 0o600 });
    const { size } = await file.stat();
    const torn = size > 0 && await lastByte(file, size) !== LF;
    await writeWhole(file, new TextEncoder().encode(`${torn ? "\n" : ""}${line}\n`));
    if (durable) await file.sync();
    if (torn) onTorn?.(`the last line of ${path} was cut off: it was ended, and a new one begun`);
    return torn ? size + 1 : size;
  } catch (error) {
    throw cannot("append to", path, error);
  }
}

/** A disk that fills up takes the beginning of a line, and that is no line. */
async function writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  const written = await file.write(bytes);
  if (written === bytes.length) return;
  const end = await file.seek(0, Deno.SeekMode.Current);
  // Where another looop has appended since, that one has ended the half line already.
  if ((await file.stat()).size === end) await file.truncate(end - written);
  throw new Error(`only ${written} of ${bytes.length} bytes were written: is the disk full?`);
}

const LF = 10;

async function lastByte(file: Deno.FsFile, size: number): Promise<number> {
  const byte = new Uint8Array(1);
  await file.seek(size - 1, Deno.SeekMode.Start);
  await file.read(byte);
  return byte[0];
}
