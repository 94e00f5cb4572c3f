import type { RunnerError } from "../../model/runner_result.ts";

/** Programs wait out shorter limits by themselves; beyond, the loop can do better than wait. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Whether it is in vain to let a program try again by itself: refused credentials stay refused, and a limit
 * that ends much later is waited for without a process. A short limit, or one of unknown end, may pass.
 */
export function isHopeless(error: RunnerError, now: Date | undefined): boolean {
  if (error.kind === "auth") return true;
  if (error.kind !== "rate_limit" || !error.retry_at) return false;
  return !now || Date.parse(error.retry_at) - now.getTime() > LONGEST_WAIT_MS;
}
