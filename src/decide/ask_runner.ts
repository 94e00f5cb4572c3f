import { appendLedger, callLock } from "../budget/ledger.ts";
import { makeMask, type Mask } from "../mask/mask.ts";
import type { Environment } from "../os/env.ts";
import { tryLock } from "../os/lock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { runProgram } from "../os/run_program.ts";
import { runnerEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { writeRunFile } from "../profile/runs.ts";
import type { OverBudget } from "../schema/config.ts";
import type { CallCost, DecideError, RunnerError, RunnerResult } from "../schema/decision.ts";
import type { Json } from "../schema/json.ts";
import type { LedgerLine } from "../schema/ledger.ts";
import type { Move } from "../schema/move.ts";
import { errorInAnswer } from "../schema/classify.ts";
import { jsonSchema, parseAs } from "../schema/schema.ts";
import { LineSplitter } from "../schema/text.ts";
import { usdLimitEnv } from "../workers/meter.ts";
import type { Allowance } from "../workers/spending.ts";
import { type ParsedMove, parseMove } from "./parse_move.ts";
import type { Prompt } from "./prompt/prompt.ts";
import type { Runner } from "./runners/runner.ts";

/** The runner's move, or why there is none, and what the calls cost. */
export type RunnerAnswer =
  & { calls: CallCost[] }
  & (
    | { ok: true; move: Move }
    | { ok: false; error: DecideError }
    /** The first call used up a budget. */
    | { ok: false; error: null; over: OverBudget }
  );

/** Arguments of {@linkcode askRunner}. */
export interface AskInput extends Omit<CallInput, "attempt" | "begin"> {
  /** The kind of its ledger lines. */
  kind: "tick" | "run";
  /** The goal that its cost is counted for unless its move names one. Default: none. */
  goal?: string;
  /** Returns what the budgets allow after a call was metered. */
  checkBudget(): Promise<Allowance>;
}

/**
 * Asks a runner for one move. After an invalid move or an empty answer it asks once more, with the reason; other failures
 * are not retried here. Each call is in the ledger before it starts, with an unknown cost, and its cost once it has ended,
 * whatever the answer: a looop that is killed meanwhile has counted it.
 *
 * @param check returns why a valid move cannot be applied to this world, or `null`
 * @throws if the ledger cannot be written; there is no call then
 */
export async function askRunner(
  profile: Profile,
  runner: Runner,
  input: AskInput,
  check: (move: Move) => Promise<string | null>,
): Promise<RunnerAnswer> {
  const calls: CallCost[] = [];
  let { prompt, usdLimit } = input;
  input.onProgress(`asking ${runner.name}`);
  for (let attempt: 1 | 2 = 1;; attempt = 2) {
    const call = ledgerLine(profile, runner, input, attempt);
    using running = new DisposableStack();
    const begin = async () => {
      running.use(await tryLock(callLock(profile, input.runId)));
      await appendLedger(profile, { ...call(), begun: true });
    };
    const result = await callRunner(profile, runner, {
      ...{ ...input, prompt, usdLimit, attempt, begin },
    });
    calls.push({ runner: runner.name, cost_usd: result.cost_usd });
    const failed = result.error !== null && result.error.kind !== "empty";
    let parsed: ParsedMove | null = null;
    try {
      if (!failed) {
        parsed = parseMove(result.text);
        const problem = parsed.ok ? await check(parsed.move) : null;
        if (problem !== null) parsed = { ok: false, why: problem };
      }
    } finally {
      // A billed call is recorded even if a bug prevents parsing its answer.
      await appendLedger(profile, {
        ...call(parsed?.ok ? parsed.move.goal : undefined),
        ...{ model: result.model, cost_usd: result.cost_usd, ...result.usage },
        duration_ms: result.ms,
      });
      running.dispose();
    }
    if (!parsed) {
      const error = result.error as DecideError;
      // The call may have had all that is left of the day.
      const { over } = error.kind === "budget" ? await input.checkBudget() : { over: null };
      if (over) return { ok: false, error: null, over, calls };
      return { ok: false, error: namedError(runner, error), calls };
    }
    if (parsed.ok) return { ok: true, move: parsed.move, calls };
    const { why } = parsed;
    if (attempt === 2) {
      // A model that was paid for an empty answer has answered; a program that printed nothing has not.
      const answered = (result.usage.output_tokens ?? 0) > 0;
      if (result.error && !answered) {
        return { ok: false, error: namedError(runner, result.error), calls };
      }
      const printed = errorInAnswer(result.text, profile.clock.now());
      if (printed) return { ok: false, error: namedError(runner, printed), calls };
      const message = `${runner.name}'s answer was rejected twice (last: ${why})`;
      return { ok: false, error: { kind: "refused", message }, calls };
    }
    const allowed = await input.checkBudget();
    if (allowed.over) return { ok: false, error: null, over: allowed.over, calls };
    usdLimit = allowed.usdLeft;
    prompt = askAgain(input.prompt, result.text, why);
    input.onProgress(`rejected: ${why}; asking again`);
  }
}

/** Returns a function that makes the ledger line of a call, and of the goal that it turned out to serve. */
function ledgerLine(
  { clock, config }: Profile,
  { name }: Runner,
  { kind, runId, goal: served }: AskInput,
  attempt: number,
): (goal?: string) => LedgerLine {
  const call = `${runId}-${name}-${attempt}`;
  return (goal = served) => ({
    ...{ ts: clock.now().toISOString(), kind, id: runId, goal: goal ?? null, runner: name },
    model: config.runners[name]?.model ?? null,
    ...{ cost_usd: null, input_tokens: null, cached_input_tokens: null, output_tokens: null },
    ...{ duration_ms: null, call },
  });
}

function namedError({ name }: Runner, error: DecideError): DecideError {
  return { ...error, message: `${name}: ${error.message}` };
}

/** The first prompt stays as it was, so that a provider's cache covers it. */
function askAgain(prompt: Prompt, answer: string, why: string): Prompt {
  const quoted = answer.trim() === ""
    ? "Your answer was empty."
    : `You answered:\n\n${answer.trim().slice(0, 4000)}`;
  const again =
    `# YOUR ANSWER WAS REJECTED\n\n${quoted}\n\nReason: ${why}\n\nAnswer with one JSON object and nothing else.\n`;
  return { system: prompt.system, user: `${prompt.user}\n${again}` };
}

/** Seconds that a call may take, unless `LOOOP_TICK_TIMEOUT` is set. */
const TIMEOUT_S = 1800;
function callTimeoutS({ env }: Profile): number {
  const seconds = Number(env("LOOOP_TICK_TIMEOUT"));
  return seconds > 0 ? seconds : TIMEOUT_S;
}

/** Returns how long a decision may take: two calls, if the first answer is rejected. */
export function maxDecisionMs(profile: Profile): number {
  return 2 * 1000 * callTimeoutS(profile);
}

/** Longer than any event of any runner, in characters. */
const MAX_LINE = 32 * 1024 * 1024;
/** The maximum output of a call in bytes. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** Arguments of {@linkcode callRunner}. */
export interface CallInput {
  runId: string;
  /** 2 after the first answer was rejected. */
  attempt: 1 | 2;
  prompt: Prompt;
  /** Called just before the program starts, once all else is ready. If it throws, there is no call. */
  begin?(): Promise<void>;
  /** Receives the runner's progress, about a line at a time. */
  onProgress(text: string): void;
  /** The most US dollars that the call may cost; absent: there is no limit. */
  usdLimit?: number;
  signal?: AbortSignal;
}

/**
 * Calls a runner once; its prompt and whole output are saved with the run. Its output is masked.
 *
 * @returns the result, and how many milliseconds it took.
 */
export async function callRunner(
  profile: Profile,
  runner: Runner,
  { runId, attempt, prompt, begin, onProgress, usdLimit, signal }: CallInput,
): Promise<RunnerResult & { ms: number }> {
  const suffix = attempt === 1 ? "" : "-2";
  const timeoutS = callTimeoutS(profile);
  const model = profile.config.runners[runner.name]?.model;
  const text = runner.takesSystemPrompt ? prompt.user : `${prompt.system}\n${prompt.user}`;
  const promptFile = await writeRunFile(profile, runId, `prompt${suffix}.md`, text);
  const systemFile = runner.takesSystemPrompt
    ? await writeRunFile(profile, runId, `system${suffix}.md`, prompt.system)
    : "";
  const environment = runnerEnv(profile, runner.name);
  const settings = await settingsOf(runner, environment);
  const { argv, env } = runner.start({
    ...{ promptFile, systemFile, model, usdLimit, environment },
    settings,
  });
  const mask = settings === undefined ? profile.mask : maskOver(profile, env);
  const reader = runner.read(profile.clock.now);
  const lines: string[] = [];
  const show = (text: string | undefined) => {
    if (text) onProgress(text);
  };
  const readOutput = (line: string) => {
    lines.push(line);
    show(reader.line(mask(line)));
  };
  const readError = (line: string) => show(reader.errorLine?.(mask(line)));
  const [stdout, stderr] = [new LineSplitter(), new LineSplitter()];
  const ended = new AbortController();
  const enough = new AbortController();
  let ending: Promise<void> | null = null;
  const readWith = (splitter: LineSplitter, read: (line: string) => void) => {
    let bytes = 0;
    return (chunk: Uint8Array) => {
      bytes += chunk.length;
      splitter.push(chunk).forEach(read);
      if (reader.finished) ending ??= endLate();
      const tooLong = splitter.pending > MAX_LINE || bytes > MAX_OUTPUT;
      return tooLong || reader.hopeless ? "enough" : undefined;
    };
  };
  /** Ends a program that goes on after its last event. */
  const endLate = async () => {
    while (reader.finished && !ended.signal.aborted) {
      const seen = lines.length;
      await profile.clock.sleep(LATE_MS, ended.signal);
      if (reader.finished && lines.length === seen) return enough.abort();
    }
    ending = null;
  };
  await begin?.();
  const end = await runProgram({
    argv,
    cwd: profile.paths.dataDir,
    env: { ...environment, ...usdLimitEnv(usdLimit), ...env },
    mask,
    stdinFile: promptFile,
    deadlineMs: timeoutS * 1000,
    signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
    onStdout: readWith(stdout, readOutput),
    onStderr: readWith(stderr, readError),
  });
  ended.abort();
  await ending;
  stdout.end().forEach(readOutput);
  stderr.end().forEach(readError);
  const output = lines.map((line) => `${line}\n`).join("");
  await writeRunFile(profile, runId, `output${suffix}.jsonl`, output);
  const result = reader.end(
    enough.signal.aborted && end.ending === "killed"
      ? { ...end, status: 0 }
      : { ...end, interruption: interruption(end.ending, timeoutS) },
  );
  const stopped: RunnerError | null = signal?.aborted
    ? { kind: "stopped", message: "looop was stopped" }
    : null;
  const error = stopped ?? result.error;
  return { ...result, model: result.model ?? model ?? null, error, ms: Math.round(end.ms) };
}

/** The user's own settings of the program; `undefined` if there are none, or they cannot be read. */
async function settingsOf(runner: Runner, environment: Environment): Promise<Json | undefined> {
  if (!runner.settingsFile) return undefined;
  const text = await readTextIfPresent(runner.settingsFile(environment)).catch(() => null);
  return parseAs(jsonSchema, text ?? "") ?? undefined;
}

/** Masks also what the user's settings of a program add to its environment. */
function maskOver(profile: Profile, env: Environment): Mask {
  return makeMask({ ...profile.environment, ...env }, profile.config.redact);
}

/** Milliseconds after its last event after which a program that does not end is ended. */
const LATE_MS = 3000;

function interruption(
  ending: "exited" | "deadline" | "killed",
  timeoutS: number,
): RunnerError | undefined {
  if (ending === "deadline") {
    return { kind: "timeout", message: `did not answer within ${timeoutS} s (LOOOP_TICK_TIMEOUT)` };
  }
  if (ending === "killed") {
    return { kind: "model", message: "printed a line over 32 MiB, or more than 256 MiB in all" };
  }
}
