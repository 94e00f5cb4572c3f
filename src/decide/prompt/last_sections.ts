import type { Failure, LastRun } from "../../model/state.ts";
import type { Fence } from "./fence.ts";

/** What the last `run` printed. */
export function lastRunSection(run: LastRun | null, fence: Fence): string {
  if (!run) return "";
  const ended = run.exit_code === null
    ? "was interrupted: nobody knows whether it took effect. Look before you repeat it."
    : `ended with status ${run.exit_code}.`;
  const output = run.output_tail === "" ? "(no output)" : run.output_tail;
  return `This command ${ended}\n\n${fence("last run", `$ ${run.command}\n${output}`)}`;
}

/** Why the decision before this one failed. */
export function lastFailureSection(failure: Failure | null, fence: Fence): string {
  if (!failure) return "";
  return `The last decision failed (${failure.count} in a row). Avoid what caused it:\n\n${
    fence("last failure", failure.why)
  }`;
}
