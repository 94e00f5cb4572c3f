import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkout } from "./looop.ts";

/**
 * Registers a test that mounts a file system, or else needs what root alone may do. Where another user runs the tests, it runs
 * in a process of its own that is root of a new user namespace and has its own mounts; it fails where the machine gives
 * ordinary users none.
 *
 * @param file the test's own file: `import.meta.url`
 */
export function rootTest(file: string, name: string, test: () => Promise<void>): void {
  Deno.test(name, Deno.uid() === 0 ? test : () => inNamespace(fromFileUrl(file), name));
}

async function inNamespace(file: string, name: string): Promise<void> {
  const filter = `/^${name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}$/`;
  const test = [Deno.execPath(), "test", "--allow-all", "--no-check", "--filter", filter, file];
  const { success, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["--user", "--map-root-user", "--mount", "--", ...test],
    cwd: checkout,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const printed = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assertEquals([success, /\b1 passed/.test(printed)], [true, true], printed);
}

/**
 * Lets a file or a directory belong to another user until `takeBack` is called. Where owners cannot be changed, as in a
 * {@linkcode rootTest} of an ordinary user, one of the system is mounted over it.
 */
export async function giveAway(path: string): Promise<{ uid: number; takeBack(): Promise<void> }> {
  const { uid, isDirectory } = await Deno.stat(path);
  try {
    await Deno.chown(path, 12345, 12345);
    return { uid: 12345, takeBack: () => Deno.chown(path, uid, null) };
  } catch {
    // The namespace has no user 12345.
    await mount("--bind", isDirectory ? "/usr" : "/etc/passwd", path);
    return { uid: (await Deno.stat(path)).uid!, takeBack: () => unmount(path) };
  }
}

/** Runs `mount`. */
export function mount(...args: string[]): Promise<void> {
  return run("mount", ...args);
}

/** Unmounts what was mounted last at a path, also while a program is in it. */
export function unmount(path: string): Promise<void> {
  return run("umount", "--lazy", path);
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (success) return;
  throw new Error(
    `cannot ${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`,
  );
}
