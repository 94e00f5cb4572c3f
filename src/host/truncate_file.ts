import { cannot } from "./cannot.ts";
import { findFile } from "./find_file.ts";

/** Cuts a file to a length in bytes; durable. */
export async function truncateFile(path: string, length: number): Promise<void> {
  findFile(path, "cut");
  try {
    using file = await Deno.open(path, { write: true });
    await file.truncate(length);
    await file.sync();
  } catch (error) {
    throw cannot("cut", path, error);
  }
}
