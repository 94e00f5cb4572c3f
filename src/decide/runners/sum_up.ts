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
 * A price of 0 for tokens that were used becomes `null`: it is what pi and opencode print for a model whose
 * price nobody configured, and a free model cannot be told from that.
 */
export function sumUp(found: RunnerResult, end: RunnerEnd, now: Date | undefined): RunnerResult {
  const { input_tokens, output_tokens } = found.usage;
  const used = (input_tokens ?? 0) + (output_tokens ?? 0) > 0;
  const refused = found.error?.kind === "auth" || found.error?.kind === "rate_limit";
  const error = found.error ?? exitError(end, now) ?? emptyError(found.text);
  return {
    ...found,
    text: error ? "" : found.text,
    cost_usd: used ? found.cost_usd || null : refused ? 0 : found.cost_usd,
    error,
  };
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
