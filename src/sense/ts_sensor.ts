import { toFileUrl } from "@std/path";
import { findDeno } from "../os/self.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import type { Reading } from "../schema/world.ts";
import type { SensorPlan, SensorRan } from "./run_sensor.ts";
import { loadModules } from "./ts_modules.ts";
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
