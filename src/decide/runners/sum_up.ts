import type { RunnerError, RunnerResult } from "../../model/runner_result.ts";
import { describeError } from "./describe_error.ts";
import type { RunnerEnd } from "./runner.ts";

/**
 * Turns what a reader found into the result: an exit status other than 0, or an answer without any text, is
 * an error too, and a failed call has no text.
 *
 * A call that the provider refused, as the program's own events tell, has used nothing, and costs 0: or a limit that
 * has passed, or a login that was mended, would leave a budget in dollars with a cost that nobody knows.
 *
 * Any other price of 0 becomes `null` unless no tokens were used: it is what pi and opencode print for a model whose
 * price nobody configured, and a free model cannot be told from that. So does every amount that can be none, such as
 * the sum of counts of which one was below 0.
 */
export function sumUp(found: RunnerResult, end: RunnerEnd, now: Date | undefined): RunnerResult {
  const told = Object.values(found.usage).some((count) => count !== null);
  const usage = {
    input_tokens: orUnknown(found.usage.input_tokens),
    cached_input_tokens: orUnknown(found.usage.cached_input_tokens),
    output_tokens: orUnknown(found.usage.output_tokens),
  };
  const unused = usage.input_tokens === 0 && usage.output_tokens === 0;
  const refused = found.error?.kind === "auth" || found.error?.kind === "rate_limit";
  const price = Number.isFinite(found.cost_usd) && Number(found.cost_usd) >= 0
    ? found.cost_usd
    : null;
  const error = found.error ?? exitError(end, now) ?? emptyError(found.text);
  return {
    ...found,
    text: error ? "" : found.text,
    usage,
    cost_usd: refused && (unused || !told) ? 0 : unused ? price : price || null,
    error,
  };
}

function orUnknown(count: number | null): number | null {
  return Number.isSafeInteger(count) && Number(count) >= 0 ? count : null;
}

function exitError({ status, stderrTail }: RunnerEnd, now: Date | undefined): RunnerError | null {
  if (status === 0) return null;
  // Indented lines and closing brackets are the rest of a dump; what it is about stands before it.
  const last = stderrTail.split("\n").findLast((line) => /^[^\s}\])]/.test(line)) ?? "";
  const how = status > 128 ? `was ended by signal ${status - 128}` : `exited with status ${status}`;
  const error = describeError({ message: last ? `${how}: ${last}` : how }, now);
  return error.kind === "model" ? { ...error, kind: "exit" } : error;
}

function emptyError(text: string): RunnerError | null {
  return text.trim() === "" ? { kind: "empty", message: "ended well but said nothing" } : null;
}
