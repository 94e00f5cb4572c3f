/** What one call of a runner used; `null` where the runner does not say. */
export interface Usage {
  /** Tokens in, those read from a cache included. */
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
}

/** Why a runner gave no answer. */
export interface RunnerError {
  /**
   * - `auth`: the provider refused the credentials: only a human can mend it
   * - `rate_limit`: too many calls or no quota left; see `retry_at`
   * - `model`: any other error that the program or its provider reported
   * - `empty`: it ended well but said nothing
   * - `exit`: it ended with an error status and no other word
   * - `timeout`: it was killed at the deadline
   * - `budget`: it stopped at the dollars that it was given
   * - `stopped`: looop was told to stop
   */
  kind: "auth" | "rate_limit" | "model" | "empty" | "exit" | "timeout" | "budget" | "stopped";
  /** One line for a person. */
  message: string;
  /** When it is worth trying again, ISO 8601 in UTC, where the provider said so. */
  retry_at?: string;
}

/** What one call of a runner gave. Usage and cost are set even when it failed after being billed. */
export interface RunnerResult {
  /** The final text; empty when there is none. */
  text: string;
  model: string | null;
  usage: Usage;
  /** US dollars; `null` when the runner does not say, never 0 for unknown. */
  cost_usd: number | null;
  error: RunnerError | null;
}
