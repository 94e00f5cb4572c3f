import { join } from "@std/path";

/** What may stand where a file or directory of looop's own should. */
export type StandIn = "directory" | "FIFO" | "dangling symlink" | "file";

/** Moves what is at a path aside, and puts something else there; gives back what undoes it. */
export async function standIn(path: string, kind: StandIn): Promise<() => Promise<void>> {
  // Not beside it: looop clears some of its directories.
  const dir = await Deno.makeTempDir({ prefix: "looop_aside_" });
  const aside = join(dir, "aside");
  const was = await Deno.rename(path, aside).then(() => true, () => false);
  await make(path, kind);
  return async () => {
    await Deno.remove(path, { recursive: true });
    if (was) await Deno.rename(aside, path);
    await Deno.remove(dir);
  };
}

async function make(path: string, kind: StandIn): Promise<void> {
  if (kind === "directory") await Deno.mkdir(path);
  if (kind === "file") await Deno.writeTextFile(path, "");
  if (kind === "dangling symlink") await Deno.symlink("/nowhere/at/all", path);
  if (kind === "FIFO") await new Deno.Command("mkfifo", { args: [path] }).output();
}
