import { dirname } from "@std/path";
import { cannot } from "./cannot.ts";
import { syncFolder } from "./replace_file.ts";

/** Moves a folder to a path on the same disk at which nothing stands; durable. */
export async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw cannot("move", `${from} to ${to}`, error);
  }
  await syncFolder(dirname(from));
  await syncFolder(dirname(to));
}
