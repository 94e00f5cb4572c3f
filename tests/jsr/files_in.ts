import { join } from "@std/path";

/** Paths of all files in a folder and those in it, sorted. */
export async function filesIn(folder: string, within = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, within))) {
    if (isDirectory) files.push(...await filesIn(folder, `${within}${name}/`));
    else files.push(within + name);
  }
  return files.sort();
}
