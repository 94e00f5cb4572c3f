import { fromFileUrl, join, relative, toFileUrl } from "@std/path";
import * as z from "zod/mini";
import { ensureDir } from "../os/dirs.ts";
import { readBytes, readTextIfPresent } from "../os/read.ts";
import { findDeno } from "../os/env.ts";
import { realPath } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import { parseAs } from "../schema/schema.ts";
import type { Reading } from "../schema/world.ts";
import { captureOutput } from "../os/run_program.ts";
import type { Sensor } from "./list.ts";
import { cleanText } from "./output.ts";
import type { SensorPlan, SensorRan } from "./run_sensor.ts";
import { DENO_FLAGS, denoEnv, explainTsEnd, permissionFlags } from "./ts_permissions.ts";

/**
 * Checks a `.ts` sensor's modules and stores their digest in the reading.
 *
 * @returns why it must not run, or a function that runs it in a Deno of its own with only the permissions that its header
 * names.
 */
export async function prepareTsSensor(
  { profile, sensor, header, limits, auditFile, signal, capture }: SensorPlan,
  reading: Reading,
): Promise<string | (() => Promise<SensorRan>)> {
  const deno = findDeno(profile.env("PATH") ?? "");
  if (deno === null) {
    return "it needs deno on PATH: a compiled looop cannot run .ts sensors itself";
  }
  const modules = await loadModules(profile, sensor, deno, signal);
  if (typeof modules === "string") return modules;
  // A change of a helper module is a change of the script.
  if (Object.keys(modules).length > 1) {
    reading.script = await sha256Hex(canonicalJson(modules));
  }
  return async () => {
    const captured = await capture({
      argv: [
        ...[deno, "run", "--quiet", "--no-prompt", "--no-check", ...DENO_FLAGS],
        ...permissionFlags(header),
        toFileUrl(sensor.path).href,
      ],
      cwd: profile.paths.dataDir,
      env: {
        ...denoEnv(profile, header.env),
        // Deno writes the file itself: the sensor needs no permission for it.
        ...(auditFile === undefined ? {} : { DENO_AUDIT_PERMISSIONS: auditFile }),
      },
      deadlineMs: limits.timeoutMs,
      mask: profile.mask,
      signal,
    }, limits.maxBytes);
    return { captured, problem: explainTsEnd(captured, limits, profile.paths.dataDir) };
  };
}

const MAX_INFO_BYTES = 4_000_000;
const INFO_TIMEOUT_MS = 60_000;

/** SHA-256 of each module of a `.ts` sensor, hex, by path relative to `sensors/`. */
const digestsSchema = z.record(z.string(), z.string());
type ModuleDigests = z.infer<typeof digestsSchema>;

/**
 * Lists the modules of a `.ts` sensor and checks that all are inside `sensors/`. `deno info`, which takes as long as the
 * sensor itself, runs only after one of them has changed.
 *
 * @returns the modules, or in one line why the sensor must not run.
 */
export async function loadModules(
  profile: Profile,
  sensor: Sensor,
  deno: string,
  signal?: AbortSignal,
): Promise<ModuleDigests | string> {
  const { own, sensors, dataDir } = profile.paths;
  const dir = join(own, "modules");
  const cache = join(dir, `${sensor.name}.json`);
  const known = await readModules(cache, sensors, sensor.file);
  if (known !== null) return known;
  const captured = await captureOutput({
    // As a URL: Deno takes # and ? in a path for parts of one.
    argv: [deno, "info", "--json", ...DENO_FLAGS, toFileUrl(sensor.path).href],
    cwd: dataDir,
    env: denoEnv(profile, []),
    deadlineMs: INFO_TIMEOUT_MS,
    mask: profile.mask,
    signal,
  }, MAX_INFO_BYTES);
  const limits = { timeoutMs: INFO_TIMEOUT_MS, maxBytes: MAX_INFO_BYTES };
  const problem = explainTsEnd(captured, limits, dataDir);
  if (problem !== null) return `cannot list its modules: ${problem}`;
  const modules = await checkGraph(new TextDecoder().decode(captured.output), sensors, sensor);
  if (typeof modules === "string") return modules;
  try {
    ensureDir(dir);
    await replaceFile(cache, JSON.stringify(modules), { durable: false });
  } catch (error) {
    const what = `the modules of sensors/${sensor.file}, so each tick lists them`;
    profile.warn(`cannot cache ${what}: ${messageOf(error)}`);
  }
  return modules;
}

/**
 * Checks the output of `deno info --json`: each module must be a file inside `sensors/`, symlinks followed, or built into
 * Deno. Like any other sensor, the file of the sensor itself may be the user's symlink to elsewhere. Deno lets static imports (and dynamic ones with a literal name) read any file without a permission; imports with
 * a computed name need one.
 */
async function checkGraph(
  info: string,
  sensors: string,
  sensor: Sensor,
): Promise<ModuleDigests | string> {
  const modules: ModuleDigests = {};
  const root = await realPath(sensors) ?? sensors;
  const listed = parseAs(infoSchema, info);
  if (!listed) return "cannot list its modules: deno info did not print a list";
  for (const { specifier, error } of listed.modules) {
    if (specifier.startsWith("node:")) continue;
    const path = specifier.startsWith("file:") ? fromFileUrl(specifier) : null;
    const real = path === null ? null : await realPath(path);
    const isOutside = path === null || leadsOut(relative(sensors, path)) ||
      (path !== sensor.path && real !== null && leadsOut(relative(root, real)));
    if (isOutside) {
      const shown = cleanText(path ?? specifier, 120);
      return `it imports ${shown}: a .ts sensor may import only from sensors/`;
    }
    if (error !== undefined || real === null) {
      return `it cannot be loaded: ${cleanText((error ?? "no file").split("\n")[0], 200)}`;
    }
    modules[relative(sensors, path)] = await sha256Hex(readBytes(real));
  }
  return modules;
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
    const modules = parseAs(digestsSchema, await readTextIfPresent(cache) ?? "");
    if (!modules || !Object.hasOwn(modules, file)) return null;
    for (const [path, digest] of Object.entries(modules)) {
      if (await sha256Hex(readBytes(join(sensors, path))) !== digest) return null;
    }
    return modules;
  } catch {
    // a torn cache, or a missing module: the modules are listed again
    return null;
  }
}

/** The output of `deno info --json`; that of another Deno may have another form. */
const infoSchema = z.object({
  modules: z.array(z.object({ specifier: z.string(), error: z.optional(z.string()) })),
});

function leadsOut(path: string): boolean {
  return path === ".." || path.startsWith("../");
}
