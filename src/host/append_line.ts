/**
 * Appends one line in a single write, and waits until the disk has it. A last line that a crash tore is
 * ended first, so that it can never swallow this one.
 *
 * @returns the file's length in bytes before this line (and after a torn line was ended).
 */
export async function appendLine(
  path: string,
  line: string,
  { durable = true }: { durable?: boolean } = {},
): Promise<number> {
  using file = await Deno.open(path, { read: true, append: true, create: true, mode: 0o600 });
  let { size } = await file.stat();
  if (size > 0 && await lastByte(file, size) !== LF) {
    await file.write(new Uint8Array([LF]));
    size += 1;
  }
  const bytes = new TextEncoder().encode(line + "\n");
  const written = await file.write(bytes);
  if (written !== bytes.length) {
    throw new Error(
      `cannot append to ${path}: only ${written} of ${bytes.length} bytes were written`,
    );
  }
  if (durable) await file.sync();
  return size;
}

const LF = 10;

async function lastByte(file: Deno.FsFile, size: number): Promise<number> {
  const byte = new Uint8Array(1);
  await file.seek(size - 1, Deno.SeekMode.Start);
  await file.read(byte);
  return byte[0];
}
