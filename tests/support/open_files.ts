import { join } from "@std/path";

/** Lists what this process has open of a directory and the files below it, sorted; what is open twice is there twice. */
export function openFiles(directory: string): string[] {
  const table = "/proc/self/fd";
  const open = [...Deno.readDirSync(table)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(join(table, name))];
    } catch {
      // The listing itself has one open, which is closed by now.
      return [];
    }
  });
  return open.filter((path) => `${path}/`.startsWith(`${directory}/`)).sort();
}
