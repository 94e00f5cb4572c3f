import { join } from "@std/path";
import fc from "fast-check";

const GOOD_NAMES = ["a", "b", "fix-ci", "x".repeat(64), "constructor"];

/** Names of files without extension, most of which can be an id. */
export const FILE_NAMES = [
  ...[...GOOD_NAMES, ...GOOD_NAMES, ...GOOD_NAMES, ...GOOD_NAMES],
  ...["__proto__", "A", "-a", ".a", "a b", "a\nb", "ä"],
];

/** What stands at a path: a file with this text or these bytes, or something else. */
export type FileThere = string | Uint8Array | { kind: "directory" | "pipe" | "loop" | "dangling" };

/** Files, and now and then what is none. */
export function someFile(texts: fc.Arbitrary<string>): fc.Arbitrary<FileThere> {
  const kind = fc.constantFrom(
    "directory" as const,
    "pipe" as const,
    "loop" as const,
    "dangling" as const,
  );
  return fc.oneof<fc.MaybeWeightedArbitrary<FileThere>[]>(
    { weight: 60, arbitrary: texts },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 50 }) },
    { weight: 1, arbitrary: kind.map((kind) => ({ kind })) },
  );
}

/** Puts it there, until disposed of. */
export async function putFile(dir: string, name: string, file: FileThere): Promise<Disposable> {
  const path = join(dir, name);
  if (typeof file === "string") await Deno.writeTextFile(path, file);
  else if (file instanceof Uint8Array) await Deno.writeFile(path, file);
  else if (file.kind === "directory") await Deno.mkdir(path);
  else if (file.kind === "loop") await Deno.symlink(path, path);
  else if (file.kind === "dangling") await Deno.symlink(`${path}-nowhere`, path);
  else await new Deno.Command("mkfifo", { args: ["--", path] }).output();
  return { [Symbol.dispose]: () => Deno.removeSync(path) };
}
