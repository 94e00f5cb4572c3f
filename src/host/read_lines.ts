import { openFile } from "./open_file.ts";

/**
 * Reads a UTF-8 file line by line, in little memory; a missing file has no lines. They come in batches, since
 * waiting for each one would take longer than reading it.
 */
export async function* readLines(path: string): AsyncGenerator<string[]> {
  using file = await openFile(path);
  if (file === null) return;
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of file.readable) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield lines;
  }
  if (rest !== "") yield [rest];
}
