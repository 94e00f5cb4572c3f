import { join } from "@std/path";
import { mount, unmount } from "../support/root_test.ts";

/** A small disk of a test's own, unmounted with `await using`. */
export interface SmallDisk extends AsyncDisposable {
  path: string;
  /** Fills it up but for `left` bytes (pages of 4,096). */
  fill(left?: number): Promise<void>;
  /** Makes room again. */
  empty(): Promise<void>;
  /** Takes no writes until what this gives back is called. */
  lock(): Promise<() => Promise<void>>;
}

/**
 * Mounts a small tmpfs, in a `rootTest`.
 *
 * @param mib its size in MiB
 */
export async function smallDisk(mib = 2): Promise<SmallDisk> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop_disk_" }));
  await mount("-t", "tmpfs", "-o", `size=${mib}m,mode=700`, "tmpfs", path);
  const filler = join(path, ".filler");
  let mounts = 1;
  const unmountLast = async () => {
    await unmount(path);
    mounts--;
  };
  return {
    path,
    async fill(left = 0) {
      using file = await Deno.open(filler, { append: true, create: true });
      await writeUntilFull(file);
      if (left > 0) await file.truncate((await file.stat()).size - left);
    },
    async empty() {
      // Where it is not closed yet, removing it alone would free nothing.
      await Deno.truncate(filler);
      await Deno.remove(filler);
    },
    async lock() {
      // Mounted over itself: a disk with a file open for writing, as a lock is, cannot be made read-only.
      await mount("--bind", path, path);
      mounts++;
      await mount("-o", "remount,bind,ro", path);
      return unmountLast;
    },
    async [Symbol.asyncDispose]() {
      while (mounts > 0) await unmountLast();
      await Deno.remove(path);
    },
  };
}

async function writeUntilFull(file: Deno.FsFile): Promise<void> {
  const page = new Uint8Array(4096);
  try {
    while (await file.write(page) === page.length);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  }
}
