/**
 * Reads a UTF-8 file line by line, in little memory; a missing file has no lines. They come in batches, since
 * waiting for each one would take longer than reading it.
 */
export async function* readLines(path: string): AsyncGenerator<string[]> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of file.readable) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield lines;
  }
  if (rest !== "") yield [rest];
}
