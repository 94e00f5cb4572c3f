import type { Comparison } from "../model/change.ts";
import type { Goal } from "../model/goal.ts";
import type { State } from "../model/state.ts";

/**
 * Tells whether the decision on this world is tainted: text that strangers could have written is shown to it, so
 * policy limits what it can do. One that is not tainted is shown no such text.
 *
 * @param only the goal that the decision is forced for
 */
export function isTainted({ changes }: Comparison, state: State, only?: Goal): boolean {
  const { last_run, again, failure } = state;
  // What a command printed is outside text, whoever wanted it run.
  const left = last_run !== null || (state.tainted && (again || failure !== null));
  return left || changes.some((change) => change.untrusted) || (only?.untrusted ?? false);
}
