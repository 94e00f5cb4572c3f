import type { Agent } from "./agent.ts";

/** Name of the runner that is looop itself. */
export const WIZARD = "init";

/**
 * `looop init` in a worker's terminal, for a profile that has no LLM runner. It does only what a person types, so that
 * it needs no sandbox, and could do nothing in one; and it costs nothing.
 */
export const wizard: Agent = {
  name: WIZARD,
  costIsKnown: true,
  needsNetwork: false,
  isLooop: true,
  start: () => Promise.resolve({ command: `exec "$LOOOP_BIN" init`, env: {}, files: {} }),
  readSpend: () =>
    Promise.resolve({
      model: null,
      cost_usd: 0,
      input_tokens: 0,
      cached_input_tokens: 0,
      output_tokens: 0,
    }),
};
