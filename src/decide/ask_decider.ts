import type { Decider } from "../model/decider.ts";
import { isJsonObject } from "../model/json.ts";
import type { Move } from "../model/move.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { writeRunFile } from "../profile/runs.ts";
import type { RunnerAnswer } from "./ask_runner.ts";
import { checkMove } from "./parse_move.ts";
import type { Prompt } from "./prompt/write_prompt.ts";

/** Asks a decider function; what it throws or gives wrong is a failed decision, as with a runner. */
export async function askDecider(
  profile: Profile,
  decider: Decider,
  { runId, prompt, signal }: { runId: string; prompt: Prompt; signal?: AbortSignal },
  check: (move: Move) => Promise<string | null>,
): Promise<RunnerAnswer> {
  const failed = (message: string): RunnerAnswer => ({
    ok: false,
    error: { kind: "refused", message },
    calls: [],
  });
  const text = `${prompt.system}\n${prompt.user}`;
  await writeRunFile(profile, runId, "prompt.md", text);
  let given: unknown;
  try {
    given = await decider(text, signal);
  } catch (error) {
    return failed(`the decider threw: ${messageOf(error)}`);
  }
  const parsed = await checkMove(withoutUndefined(given));
  if (!parsed.ok) return failed(`the decider gave no valid move: ${parsed.why}`);
  const wrong = await check(parsed.move);
  return wrong === null ? { ok: true, move: parsed.move, calls: [] } : failed(wrong);
}

/** In code, an absent field may be one that is `undefined`; JSON knows none. */
function withoutUndefined(given: unknown): unknown {
  if (!isJsonObject(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
