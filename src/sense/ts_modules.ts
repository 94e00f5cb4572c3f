import { fromFileUrl, join, relative } from "@std/path";
import { ensureDir } from "../os/dirs.ts";
import { readBytes, readTextIfPresent } from "../os/read.ts";
import { realPath } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { isJsonObject, type JsonObject, sha256Hex } from "../schema/json.ts";
import type { Sensor } from "./list.ts";
import { captureOutput } from "./capture.ts";
import { cleanText } from "./output.ts";
import { DENO_FLAGS, denoEnv, explainTsEnd } from "./ts_permissions.ts";

const MAX_INFO_BYTES = 4_000_000;
const INFO_TIMEOUT_MS = 60_000;

/**
 * Lists the modules of a `.ts` sensor and checks that all are inside `sensors/`. `deno info`, which takes as long as the
 * sensor itself, runs only after one of them has changed.
 */
export async function loadModules(
  profile: Profile,
  sensor: Sensor,
  deno: string,
  signal?: AbortSignal,
): Promise<GraphResult> {
  const { own, sensors, dataDir } = profile.paths;
  const dir = join(own, "modules");
  const cache = join(dir, `${sensor.name}.json`);
  const known = await readModules(cache, sensors, sensor.file);
  if (known !== null) return { ok: true, modules: known };
  const captured = await captureOutput({
    argv: [deno, "info", "--json", ...DENO_FLAGS, sensor.path],
    cwd: dataDir,
    env: denoEnv(profile, []),
    deadlineMs: INFO_TIMEOUT_MS,
    mask: profile.mask,
    signal,
  }, MAX_INFO_BYTES);
  const limits = { timeoutMs: INFO_TIMEOUT_MS, maxBytes: MAX_INFO_BYTES };
  const problem = explainTsEnd(captured, limits, dataDir);
  if (problem !== null) return { ok: false, error: `cannot list its modules: ${problem}` };
  const graph = await checkGraph(new TextDecoder().decode(captured.output), sensors);
  if (!graph.ok) return graph;
  try {
    ensureDir(dir);
    await replaceFile(cache, JSON.stringify(graph.modules), { durable: false });
  } catch (error) {
    profile.warn(
      `cannot cache the modules of sensors/${sensor.file}, so each tick lists them: ${
        messageOf(error)
      }`,
    );
  }
  return graph;
}

/** SHA-256 of each module of a `.ts` sensor, hex, by path relative to `sensors/`. */
export type ModuleDigests = Record<string, string>;

/** The modules of a `.ts` sensor, or in one line why it must not run. */
export type GraphResult = { ok: true; modules: ModuleDigests } | { ok: false; error: string };

/**
 * Checks the output of `deno info --json`: each module must be a file inside `sensors/`, symlinks followed, or built into
 * Deno. Deno lets static imports (and dynamic ones with a literal name) read any file without a permission; imports with
 * a computed name need one.
 */
async function checkGraph(info: string, sensors: string): Promise<GraphResult> {
  const modules: ModuleDigests = {};
  const refusal = (error: string): GraphResult => ({ ok: false, error });
  const root = await realPath(sensors) ?? sensors;
  const listed = modulesOf(info);
  if (listed === null) {
    return refusal("cannot list its modules: deno info did not print a list");
  }
  for (const { specifier, error } of listed) {
    if (specifier.startsWith("node:")) continue;
    const inside = specifier.startsWith("file:") ? relative(sensors, fromFileUrl(specifier)) : "..";
    const real = specifier.startsWith("file:") ? await realPath(fromFileUrl(specifier)) : null;
    if (leads(inside) || (real !== null && leads(relative(root, real)))) {
      const shown = specifier.startsWith("file:") ? fromFileUrl(specifier) : specifier;
      return refusal(
        `it imports ${cleanText(shown, 120)}: a .ts sensor may import only from sensors/`,
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
 * Reads the modules that were checked before; `null` if one of them has changed since, or is missing.
 *
 * @param file the sensor's own file in `sensors/`
 */
async function readModules(
  cache: string,
  sensors: string,
  file: string,
): Promise<ModuleDigests | null> {
  try {
    const modules: unknown = JSON.parse(await readTextIfPresent(cache) ?? "null");
    if (!isJsonObject(modules) || !Object.hasOwn(modules, file)) return null;
    for (const [path, digest] of Object.entries(modules)) {
      if (await sha256Hex(readBytes(join(sensors, path))) !== digest) return null;
    }
    return modules as ModuleDigests;
  } catch {
    // a torn cache, or a missing module: the modules are listed again
    return null;
  }
}

/** The modules that Deno listed; `null` if the output has another form, such as that of another Deno. */
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
