import { runProgram } from "../host/run_program.ts";
import type { RunnerError, RunnerResult } from "../model/runner_result.ts";
import { usdLimitEnv } from "../workers/usd_limit_env.ts";
import type { Profile } from "../profile/profile.ts";
import { runnerEnv } from "../profile/runner_env.ts";
import { writeRunFile } from "../profile/runs.ts";
import { LineSplitter } from "./line_splitter.ts";
import type { Prompt } from "./prompt/write_prompt.ts";
import type { Runner } from "./runners/runner.ts";

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
