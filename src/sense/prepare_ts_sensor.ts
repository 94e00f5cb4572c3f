import { findDeno } from "../host/find_deno.ts";
import { canonicalJson } from "../model/canonical.ts";
import type { Reading } from "../model/reading.ts";
import { sha256Hex } from "../model/sha256.ts";
import { explainTsEnd } from "./explain_ts_end.ts";
import { loadModules } from "./load_modules.ts";
import { runTsSensor } from "./run_ts_sensor.ts";
import type { SensorPlan, SensorRan } from "./sensor_plan.ts";

/** Checks a `.ts` sensor's modules and notes their digest; what starts it then, or why it must not run. */
export async function prepareTsSensor(
  plan: SensorPlan,
  reading: Reading,
): Promise<string | (() => Promise<SensorRan>)> {
  const { profile, sensor, limits, signal } = plan;
  const deno = findDeno(profile.env("PATH") ?? "");
  if (deno === null) {
    return "it needs a deno on PATH: a compiled looop has none of its own for .ts sensors";
  }
  const graph = await loadModules(profile, sensor, deno, signal);
  if (!graph.ok) return graph.error;
  // A change of a helper module is a change of the script.
  if (Object.keys(graph.modules).length > 1) {
    reading.script = await sha256Hex(canonicalJson(graph.modules));
  }
  return async () => {
    const captured = await runTsSensor({ ...plan, deno });
    return { captured, problem: explainTsEnd(captured, limits, profile.paths.dataDir) };
  };
}
