import { LineSplitter } from "../schema/text.ts";
import { cannot } from "../schema/errors.ts";
import { statFile } from "./stat.ts";

/** Which part of a file to read. */
export interface ReadOptions {
  /** Position of the first byte. Default 0. */
  start?: number;
  /** Default: to the end. */
  maxBytes?: number;
}

/**
 * Reads a file or a part of it; `null` if nothing is there.
 *
 * @throws {UserError} if it is not a regular file or cannot be read.
 */
export function read(
  path: string,
  { start = 0, maxBytes = Infinity }: ReadOptions = {},
): Uint8Array<ArrayBuffer> | null {
  const found = statFile(path);
  if (found === null) return null;
  try {
    if (start === 0 && maxBytes === Infinity) return Deno.readFileSync(path);
    using file = Deno.openSync(path);
    file.seekSync(start, Deno.SeekMode.Start);
    const bytes = new Uint8Array(Math.min(maxBytes, Math.max(0, found.size - start)));
    let filled = 0;
    while (filled < bytes.length) {
      const count = file.readSync(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("read", path, error);
  }
}

/**
 * Reads a file that must be there.
 *
 * @throws {UserError} if it is missing, is not a regular file or cannot be read.
 */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  const bytes = read(path);
  if (bytes === null) throw cannot("read", path, new Error("there is no such file"));
  return bytes;
}

/** How to read a text. */
export interface ReadTextOptions extends ReadOptions {
  /** The path may be a pipe, such as one on a command line; it is read to its end. Default `false`. */
  pipe?: boolean;
}

/**
 * Reads a UTF-8 file or a part of it; `null` if nothing is there.
 *
 * @throws {UserError} if it is not a regular file or cannot be read.
 */
export async function readTextIfPresent(
  path: string,
  { pipe = false, ...part }: ReadTextOptions = {},
): Promise<string | null> {
  try {
    if (pipe) return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("read", path, error);
  }
  const bytes = read(path, part);
  return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Returns the size of a file in bytes; 0 if nothing is there. */
export function fileSize(path: string): number {
  return statFile(path)?.size ?? 0;
}

/** Reads whole lines from the last `maxBytes` of a UTF-8 file; empty if nothing is there. */
export async function readTail(path: string, maxBytes: number): Promise<string> {
  const start = Math.max(0, fileSize(path) - maxBytes);
  const text = await readTextIfPresent(path, { start }) ?? "";
  return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
}

/**
 * Reads the lines of a UTF-8 file in little memory, in batches: one line at a time would take longer to pass on than to
 * read. A missing file has no lines.
 */
export async function* readLines(path: string): AsyncGenerator<string[]> {
  if (statFile(path) === null) return;
  using file = await Deno.open(path);
  const splitter = new LineSplitter();
  for await (const chunk of file.readable) yield splitter.push(chunk);
  yield splitter.end();
}
