import { childEnv } from "../profile/child_env.ts";
import { captureOutput } from "./capture_output.ts";
import { explainEnd, explainNoStart } from "./explain_end.ts";
import type { SensorPlan, SensorRan } from "./sensor_plan.ts";

/** Runs a sensor that is a program, in a sandbox where the config asks for one. */
export async function runExecutable(plan: SensorPlan): Promise<SensorRan> {
  const { profile, sensor, header, limits, script, signal } = plan;
  const env = childEnv(profile, header.env);
  const free = profile.config.sandbox === "none";
  const captured = await captureOutput({
    argv: free ? [sensor.path] : await insideOf(plan),
    cwd: profile.paths.dataDir,
    env,
    deadlineMs: limits.timeoutMs,
    mask: profile.mask,
    signal,
  }, limits.maxBytes);
  if (!free) {
    const { explainBwrap } = await import("../host/explain_bwrap.ts");
    const unmade = explainBwrap(captured.end);
    if (unmade !== null) return { captured, problem: unmade };
  }
  const noStart = explainNoStart(captured.end, script, env.PATH);
  return { captured, problem: noStart ?? explainEnd(captured, limits) };
}

async function insideOf({ profile, sensor, header }: SensorPlan): Promise<string[]> {
  const { sandboxed } = await import("../profile/sandboxed.ts");
  return await sandboxed(profile, { ...header, env: [] }, [sensor.path]);
}
