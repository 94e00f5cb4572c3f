/** Cuts a file to a length in bytes; durable. */
export async function truncateFile(path: string, length: number): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.truncate(length);
  await file.sync();
}
