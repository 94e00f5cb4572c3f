import type { Decider } from "../model/decider.ts";
import type { Move } from "../model/move.ts";
import { messageOf } from "../model/user_error.ts";
import type { RunnerAnswer } from "./ask_runner.ts";
import { checkMove } from "./parse_move.ts";
import type { Prompt } from "./prompt/write_prompt.ts";

/** Asks a decider function; what it throws or gives wrong is a failed decision, as with a runner. */
export async function askDecider(
  decider: Decider,
  prompt: Prompt,
  check: (move: Move) => Promise<string | null>,
  signal?: AbortSignal,
): Promise<RunnerAnswer> {
  const failed = (message: string): RunnerAnswer => ({
    ok: false,
    error: { kind: "refused", message },
    calls: [],
  });
  let given: unknown;
  try {
    given = await decider(`${prompt.system}\n${prompt.user}`, signal);
  } catch (error) {
    return failed(`the decider threw: ${messageOf(error)}`);
  }
  const parsed = await checkMove(given);
  if (!parsed.ok) return failed(`the decider gave no valid move: ${parsed.why}`);
  const wrong = await check(parsed.move);
  return wrong === null ? { ok: true, move: parsed.move, calls: [] } : failed(wrong);
}
