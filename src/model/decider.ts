import type { Move } from "./move.ts";

/**
 * Decides in code, in place of an LLM command line: takes the prompt, gives one move. What it gives is
 * checked like a model's answer.
 *
 * @param prompt the whole prompt, as a runner would get it on stdin
 * @param signal fires when looop is told to stop
 */
export type Decider = (prompt: string, signal?: AbortSignal) => Move | Promise<Move>;
