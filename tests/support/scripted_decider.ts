import type { Decider } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";

/** A decider that gives prepared moves in turn, and keeps the prompts that it was asked with. */
export interface ScriptedDecider {
  decide: Decider;
  prompts: string[];
}

/** Gives these moves in turn, then `noop`; a function is called with the prompt when its turn comes. */
export function scripted(...moves: (Move | Decider)[]): ScriptedDecider {
  const prompts: string[] = [];
  return {
    prompts,
    decide: (prompt, signal) => {
      prompts.push(prompt);
      const next = moves.shift() ?? noop();
      return typeof next === "function" ? next(prompt, signal) : next;
    },
  };
}

/** A move that does nothing. */
export function noop(more: Partial<Move & { action: "noop" }> = {}): Move {
  return { action: "noop", reason: "all is well", journal: "looked around", ...more };
}
