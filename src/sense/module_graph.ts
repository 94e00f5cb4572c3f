import { fromFileUrl, join, relative } from "@std/path";
import { ensureFolder } from "../host/ensure_folder.ts";
import { readBytes } from "../host/read_bytes.ts";
import { readTextIfThere } from "../host/read_text.ts";
import { realPath } from "../host/real_path.ts";
import { replaceFile } from "../host/replace_file.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { sha256Hex } from "../model/sha256.ts";
import { cleanText } from "./clean_text.ts";

/** Digest of each module of a `.ts` sensor (SHA-256, hex) by path from the `sensors/` folder on. */
export type ModuleDigests = Record<string, string>;

/** The modules of a `.ts` sensor, or in one line why it must not run. */
export type GraphResult = { ok: true; modules: ModuleDigests } | { ok: false; error: string };

/**
 * Judges what `deno info --json` says of a sensor: each module has to be a file inside `sensors/`, symlinks
 * followed, or built into Deno. Deno itself lets static imports (and those with a literal name) read any file
 * without a permission; what a sensor imports under a computed name does need one.
 */
export async function checkGraph(info: string, sensors: string): Promise<GraphResult> {
  const modules: ModuleDigests = {};
  const root = await realPath(sensors) ?? sensors;
  const listed = modulesOf(info);
  if (listed === null) {
    return refusal("its modules cannot be listed: deno info printed no list of them");
  }
  for (const { specifier, error } of listed) {
    if (specifier.startsWith("node:")) continue;
    const inside = specifier.startsWith("file:") ? relative(sensors, fromFileUrl(specifier)) : "..";
    const real = specifier.startsWith("file:") ? await realPath(fromFileUrl(specifier)) : null;
    if (leads(inside) || (real !== null && leads(relative(root, real)))) {
      const shown = specifier.startsWith("file:") ? fromFileUrl(specifier) : specifier;
      return refusal(
        `it imports ${cleanText(shown, 120)}: a .ts sensor imports only from sensors/`,
      );
    }
    if (error !== undefined || real === null) {
      return refusal(`it cannot be loaded: ${cleanText((error ?? "no file").split("\n")[0], 200)}`);
    }
    modules[inside] = await sha256Hex(readBytes(real));
  }
  return { ok: true, modules };
}

/**
 * The modules of a sensor that were found sound before; `null` where one of them has changed since, or is gone.
 *
 * @param file the sensor's own file in `sensors/`
 */
export async function recallModules(
  cache: string,
  sensors: string,
  file: string,
): Promise<ModuleDigests | null> {
  try {
    const modules: unknown = JSON.parse(await readTextIfThere(cache) ?? "null");
    if (!isJsonObject(modules) || !Object.hasOwn(modules, file)) return null;
    for (const [path, digest] of Object.entries(modules)) {
      if (await sha256Hex(readBytes(join(sensors, path))) !== digest) return null;
    }
    return modules as ModuleDigests;
  } catch {
    // a torn cache, or a module that is gone: the graph is looked at anew
    return null;
  }
}

/** Keeps the modules that were found sound. */
export async function keepModules(folder: string, cache: string, modules: ModuleDigests) {
  ensureFolder(folder);
  await replaceFile(cache, JSON.stringify(modules), { durable: false });
}

/** What Deno listed; `null` where it is not the list that is expected, say of another Deno. */
function modulesOf(info: string): { specifier: string; error?: string }[] | null {
  try {
    const { modules } = JSON.parse(info) as { modules: JsonObject[] };
    return modules.map(({ specifier, error }) => ({
      specifier: String(specifier),
      ...(error === undefined ? {} : { error: String(error) }),
    }));
  } catch {
    return null;
  }
}

function leads(path: string): boolean {
  return path === ".." || path.startsWith("../");
}

function refusal(error: string): GraphResult {
  return { ok: false, error };
}
