import { cannot } from "./errors.ts";
import { findFile } from "./stat.ts";
import { LineSplitter } from "../schema/text.ts";

/**
 * Reads a whole file.
 *
 * @throws {UserError} with the path in it, whatever kept it from being read.
 */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  findFile(path);
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw cannot("read", path, error);
  }
}

/** How a text is read. */
export interface ReadTextOptions {
  /** It may be a pipe, as what a person names on a command line may. Default `false`. */
  pipe?: boolean;
}

/**
 * Reads a UTF-8 file; `null` when there is none.
 *
 * @throws {UserError} with the path in it, whatever kept it from being read.
 */
export async function readTextIfPresent(
  path: string,
  { pipe = false }: ReadTextOptions = {},
): Promise<string | null> {
  if (!pipe && findFile(path) === null) return null;
  try {
    return pipe ? await Deno.readTextFile(path) : Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("read", path, error);
  }
}

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

/**
 * Reads a UTF-8 file line by line, in little memory; a missing file has no lines. They come in batches, since
 * waiting for each one would take longer than reading it.
 */
export async function* readLines(path: string): AsyncGenerator<string[]> {
  using file = await openFile(path);
  if (file === null) return;
  const splitter = new LineSplitter();
  for await (const chunk of file.readable) yield splitter.push(chunk);
  yield splitter.end();
}

/**
 * Opens a file to be read; `null` when there is none.
 *
 * @throws {UserError} with the path in it, whatever kept it from being opened.
 */
export async function openFile(path: string): Promise<Deno.FsFile | null> {
  if (findFile(path) === null) return null;
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot("read", path, error);
  }
}
