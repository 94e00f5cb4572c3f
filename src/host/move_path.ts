import { dirname } from "@std/path";
import { cannot } from "./cannot.ts";
import { syncFolder } from "./replace_file.ts";

/** Moves a file or folder to a path on the same disk at which nothing stands; durable. */
export async function movePath(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw cannot("move", `${from} to ${to}`, error);
  }
  await syncFolder(dirname(from));
  await syncFolder(dirname(to));
}
