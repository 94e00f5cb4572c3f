import { join } from "@std/path";
import { isSecretName } from "../../src/mask/recognize.ts";

/** Stands whole in all but one of the forms that a value can have. */
const STEM = "zq7Canary9K";

/** A secret with all that quoting, JSON and addresses have to escape. */
export const CANARY = `${STEM}"/+ü'x y`;

/** Its variable. */
export const NAME = "MY_TOKEN";
if (!isSecretName(NAME)) throw new Error(`${NAME} would not be masked`);

/** The stem, and how base64 writes the middle of it, wherever in three bytes it begins. */
const TRACES = [
  STEM,
  ...[0, 1, 2].map((before) =>
    new TextEncoder().encode("_".repeat(before) + STEM).toBase64().slice(4, 12)
  ),
];

/** Where in a text the canary shows, in any of its forms; empty where it does not. */
export function tracesIn(text: string): string[] {
  return TRACES.filter((trace) => text.includes(trace))
    .map((trace) => text.slice(Math.max(0, text.indexOf(trace) - 60), text.indexOf(trace) + 30));
}

/** The files of a directory in which it shows, git's objects unpacked included. */
export async function filesWithCanary(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of walk(dir)) {
    const bytes = await Deno.readFile(join(dir, path));
    if (tracesIn(new TextDecoder().decode(bytes)).length > 0) found.push(path);
  }
  const objects = await new Deno.Command("git", {
    args: ["-C", dir, "cat-file", "--batch", "--batch-all-objects"],
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  }).output();
  const text = new TextDecoder().decode(objects.stdout);
  if (!text.includes(" commit ")) throw new Error("there is no history to look at");
  if (tracesIn(text).length > 0) found.push("git's objects");
  return found.sort();
}

async function* walk(dir: string, inside = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(join(dir, inside))) {
    const path = join(inside, name);
    if (isDirectory) yield* walk(dir, path);
    else if (isFile) yield path;
  }
}
