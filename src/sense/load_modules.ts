import { join } from "@std/path";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { captureOutput } from "./capture_output.ts";
import { DENO_FLAGS, denoEnv } from "./deno_flags.ts";
import { explainTsEnd } from "./explain_ts_end.ts";
import { checkGraph, type GraphResult, keepModules, recallModules } from "./module_graph.ts";
import type { Sensor } from "./sensor.ts";

const MAX_INFO_BYTES = 4_000_000;
const INFO_TIMEOUT_MS = 60_000;

/**
 * Finds the modules of a `.ts` sensor and checks that all lie inside `sensors/`: by `deno info`, which costs as
 * much as the sensor itself, and only when one of them has changed since.
 */
export async function loadModules(
  profile: Profile,
  sensor: Sensor,
  deno: string,
  signal?: AbortSignal,
): Promise<GraphResult> {
  const { own, sensors, dataDir } = profile.paths;
  const folder = join(own, "modules");
  const cache = join(folder, `${sensor.name}.json`);
  const known = await recallModules(cache, sensors, sensor.file);
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
  if (problem !== null) return { ok: false, error: `its modules cannot be listed: ${problem}` };
  const graph = await checkGraph(new TextDecoder().decode(captured.output), sensors);
  if (!graph.ok) return graph;
  try {
    await keepModules(folder, cache, graph.modules);
  } catch (error) {
    profile.warn(
      `the modules of sensors/${sensor.file} are listed anew on each tick: ${messageOf(error)}`,
    );
  }
  return graph;
}
