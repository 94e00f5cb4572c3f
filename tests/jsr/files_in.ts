import { join } from "@std/path";

/** Paths of all files in a directory and those in it, sorted. */
export async function filesIn(dir: string, within = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(dir, within))) {
    if (isDirectory) files.push(...await filesIn(dir, `${within}${name}/`));
    else files.push(within + name);
  }
  return files.sort();
}
