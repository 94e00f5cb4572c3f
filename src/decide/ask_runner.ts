import { appendLedger } from "../budget/ledger.ts";
import { runProgram } from "../os/run_program.ts";
import { runnerEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { writeRunFile } from "../profile/runs.ts";
import type { OverBudget } from "../schema/config.ts";
import type { CallCost, DecideError, RunnerError, RunnerResult } from "../schema/decision.ts";
import type { Move } from "../schema/move.ts";
import { usdLimitEnv } from "../workers/meter.ts";
import type { Allowance } from "../workers/spending.ts";
import { type ParsedMove, parseMove } from "./parse_move.ts";
import type { Prompt } from "./prompt/prompt.ts";
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
  const parsed = parseMove(text);
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

/** Seconds that a decision may take, unless `LOOOP_TICK_TIMEOUT` says otherwise. */
const TIMEOUT_S = 1800;

/** What one call of a runner needs. */
export interface CallInput {
  runId: string;
  /** 1, or 2 when the first answer was refused. */
  attempt: 1 | 2;
  prompt: Prompt;
  /** Takes what the runner shows while it works, a line or so at a time. */
  onProgress(text: string): void;
  /** US dollars that it may cost; absent: there is no limit. */
  usdLimit?: number;
  signal?: AbortSignal;
}

/** What a call gave, and how long it took. */
export interface CallResult extends RunnerResult {
  ms: number;
}

/** Calls a runner once; its prompt and its whole output are kept with the run. All that it says is masked. */
export async function callRunner(
  profile: Profile,
  runner: Runner,
  { runId, attempt, prompt, onProgress, usdLimit, signal }: CallInput,
): Promise<CallResult> {
  const suffix = attempt === 1 ? "" : "-2";
  const apart = runner.takesSystemPrompt;
  const model = profile.config.runners[runner.name]?.model;
  const text = apart ? prompt.user : `${prompt.system}\n${prompt.user}`;
  const promptFile = await writeRunFile(profile, runId, `prompt${suffix}.md`, text);
  const systemFile = apart
    ? await writeRunFile(profile, runId, `system${suffix}.md`, prompt.system)
    : undefined;
  const { argv, env } = runner.start({ promptFile, systemFile, model, usdLimit });
  const reader = runner.read(profile.clock.now);
  const lines: string[] = [];
  const show = (text: string | undefined) => {
    if (text) onProgress(text);
  };
  const stdout = new LineSplitter((line) => {
    lines.push(line);
    show(reader.line(profile.mask(line)));
  });
  const stderr = new LineSplitter((line) => show(reader.errorLine?.(profile.mask(line))));
  const read = (splitter: LineSplitter) => (chunk: Uint8Array) =>
    splitter.take(chunk) && !reader.hopeless ? undefined : "enough";
  const end = await runProgram({
    argv,
    cwd: profile.paths.dataDir,
    env: { ...runnerEnv(profile, runner.name), ...usdLimitEnv(usdLimit), ...env },
    mask: profile.mask,
    stdinFile: promptFile,
    deadlineMs: timeoutSeconds(profile) * 1000,
    signal,
    onStdout: read(stdout),
    onStderr: read(stderr),
  });
  stdout.end();
  stderr.end();
  await writeRunFile(
    profile,
    runId,
    `output${suffix}.jsonl`,
    lines.map((line) => `${line}\n`).join(""),
  );
  const result = reader.end(end);
  const error = reader.hopeless ?? interruption(end.ending, signal, profile) ?? result.error;
  return { ...result, model: result.model ?? model ?? null, error, ms: Math.round(end.ms) };
}

function interruption(
  ending: "exited" | "deadline" | "killed",
  signal: AbortSignal | undefined,
  profile: Profile,
): RunnerError | null {
  if (signal?.aborted) return { kind: "stopped", message: "looop was told to stop" };
  if (ending === "deadline") {
    const seconds = timeoutSeconds(profile);
    return { kind: "timeout", message: `gave no answer within ${seconds} s (LOOOP_TICK_TIMEOUT)` };
  }
  if (ending === "killed") {
    return { kind: "model", message: "printed a line of over 32 MiB, or 256 MiB" };
  }
  return null;
}

function timeoutSeconds({ env }: Profile): number {
  const seconds = Number(env("LOOOP_TICK_TIMEOUT"));
  return seconds > 0 ? seconds : TIMEOUT_S;
}

/** A longer line of output is no event of any runner. */
const MAX_LINE = 32 * 1024 * 1024;
/** Nor is this much output, in bytes, a decision. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** Cuts a byte stream into lines. */
export class LineSplitter {
  #rest = "";
  #bytes = 0;
  // Or Deno would take a byte order mark out of the middle of a text, where a piece begins with it.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes some bytes; `false` when a line, or all of it, gets too long. */
  take(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length;
    // Only what is new is searched: a long line comes in hundreds of pieces.
    const [first, ...others] = this.#decoder.decode(chunk, { stream: true }).split("\n");
    this.#rest += first;
    for (const next of others) {
      this.#onLine(this.#rest);
      this.#rest = next;
    }
    return this.#rest.length <= MAX_LINE && this.#bytes <= MAX_OUTPUT;
  }

  /** The last line may lack its line break. */
  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}
