/**
 * Moves a file, a symlink or whatever it is, to where whoever made it cannot reach it; `false`: it has gone, or is in
 * use as something that cannot be moved.
 */
export async function takeFile(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch {
    return false; // whoever made it has taken it away, or made a folder of it
  }
}
