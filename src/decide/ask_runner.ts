import type { OverBudget } from "../model/budget.ts";
import type { CallCost, DecideError } from "../model/decision.ts";
import type { Move } from "../model/move.ts";
import { appendLedger } from "../profile/ledger.ts";
import type { Profile } from "../profile/profile.ts";
import type { Allowance } from "../workers/check_budget.ts";
import { type CallInput, type CallResult, callRunner } from "./call_runner.ts";
import { type ParsedMove, parseMove } from "./parse_move.ts";
import type { Prompt } from "./prompt/write_prompt.ts";
import type { Runner } from "./runners/runner.ts";

/** What asking a runner gave: its move or why there is none, and what the calls cost. */
export type RunnerAnswer =
  & { calls: CallCost[] }
  & (
    | { ok: true; move: Move }
    | { ok: false; error: DecideError }
    /** A budget was used up by the first call. */
    | { ok: false; error: null; over: OverBudget }
  );

/** What asking a runner needs. */
export interface AskInput extends Omit<CallInput, "attempt"> {
  /** How the ledger counts it. */
  kind: "tick" | "run";
  /** Tells what the budgets allow once a call has been metered. */
  checkBudget(): Promise<Allowance>;
}

/**
 * Asks a runner for one move. An answer that is none is asked again once, with the reason; any other failure
 * is not repeated here. What each call cost goes into the ledger, whatever it answered.
 *
 * @param check says what is wrong with a well-formed move, or `null`
 */
export async function askRunner(
  profile: Profile,
  runner: Runner,
  input: AskInput,
  check: (move: Move) => Promise<string | null>,
): Promise<RunnerAnswer> {
  const calls: CallCost[] = [];
  let { prompt, usdLimit } = input;
  let why = "";
  input.onProgress(`asking ${runner.name}`);
  for (const attempt of [1, 2] as const) {
    const result = await callRunner(profile, runner, { ...input, prompt, usdLimit, attempt });
    calls.push({ runner: runner.name, cost_usd: result.cost_usd });
    const failed = result.error !== null && result.error.kind !== "empty";
    let parsed: ParsedMove | null = null;
    try {
      if (!failed) parsed = await read(result.text, check);
    } finally {
      // What was billed is written down, even if a bug keeps the answer from being read.
      await meter(profile, runner, input, result, parsed?.ok ? parsed.move.goal : undefined);
    }
    if (!parsed) {
      const error = result.error as DecideError;
      // It had all that is left of the day.
      const { over } = error.kind === "budget" ? await input.checkBudget() : { over: null };
      if (over) return { ok: false, error: null, over, calls };
      return { ok: false, error: { ...error, message: `${runner.name}: ${error.message}` }, calls };
    }
    if (parsed.ok) return { ok: true, move: parsed.move, calls };
    why = parsed.why;
    if (attempt === 2) break;
    const allowed = await input.checkBudget();
    if (allowed.over) return { ok: false, error: null, over: allowed.over, calls };
    usdLimit = allowed.usdLeft;
    prompt = askAgain(input.prompt, result.text, why);
    input.onProgress(`refused: ${why}; asking once more`);
  }
  return {
    ok: false,
    error: { kind: "refused", message: `${runner.name} gave no valid move twice: ${why}` },
    calls,
  };
}

async function read(
  text: string,
  check: (move: Move) => Promise<string | null>,
): Promise<ParsedMove> {
  const parsed = await parseMove(text);
  if (!parsed.ok) return parsed;
  const wrong = await check(parsed.move);
  return wrong === null ? parsed : { ok: false, why: wrong };
}

/** What was said before stays as it was, so that a provider's cache holds for it. */
function askAgain(prompt: Prompt, answer: string, why: string): Prompt {
  const said = answer.trim() === ""
    ? "You answered nothing."
    : `You answered:\n\n${answer.trim().slice(0, 4000)}`;
  const again =
    `# YOUR ANSWER WAS REFUSED\n\n${said}\n\nReason: ${why}\n\nAnswer with one JSON object and nothing else.\n`;
  return { system: prompt.system, user: `${prompt.user}\n${again}` };
}

async function meter(
  profile: Profile,
  runner: Runner,
  { runId, kind }: AskInput,
  { model, cost_usd, usage, ms }: CallResult,
  goal: string | undefined,
): Promise<void> {
  await appendLedger(profile, {
    ts: profile.clock.now().toISOString(),
    kind,
    id: runId,
    goal: goal ?? null,
    runner: runner.name,
    model,
    cost_usd,
    ...usage,
    duration_ms: ms,
  });
}
