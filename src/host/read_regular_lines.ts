import { systemClock } from "./clock.ts";
import { openRegular } from "./open_regular.ts";

const CHUNK = 1024 * 1024;

/**
 * Reads a UTF-8 file that somebody hostile may have put there, line by line in batches; a missing one has no lines.
 *
 * @param maxBytes what lies behind so many is left out
 * @throws {UserError} saying why, where it is no regular file, or cannot be read.
 */
export async function* readRegularLines(
  path: string,
  maxBytes: number,
): AsyncGenerator<string[]> {
  using file = openRegular(path);
  if (file === null) return;
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(Math.min(CHUNK, file.size));
  let rest = "";
  for (let at = 0; at < Math.min(file.size, maxBytes);) {
    const count = file.read(bytes, at);
    if (count === 0) break;
    at += count;
    const lines = (rest + decoder.decode(bytes.subarray(0, count), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield lines;
    // Reading does not wait, so it would keep everything else from its turn.
    await systemClock.sleep(0);
  }
  if (rest !== "") yield [rest];
}
