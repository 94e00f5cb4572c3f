import { admitCommand } from "../admit/action.ts";
import { answerAsk, closeWorkerAsk } from "../inbox/answer.ts";
import { listAsks as readAsks } from "../inbox/asks.ts";
import { raiseAsk, raiseFlag } from "../inbox/flags.ts";
import { awaitAnswer } from "../inbox/wait.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { openProfile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { UserError } from "../schema/errors.ts";
import type { Worker } from "../schema/worker.ts";
import { listWorkers as observeWorkers } from "../workers/list.ts";
import { pruneWorkers as removeEnded } from "../workers/replace.ts";
import { startSession } from "../workers/start.ts";
import { stopSession } from "../workers/stop.ts";
import type { ProfileOptions } from "./loop.ts";

/** Options of {@linkcode startWorker}. */
export interface StartWorkerOptions extends ProfileOptions {
  /** a-z, 0-9, `-` and `_`; begins with a letter or digit; at most 64 characters. */
  id: string;
  /** The task; the worker receives it with the worker contract. */
  prompt: string;
  /** The name of the runner. Default: the config's `worker_runner`. */
  runner?: string;
  /** A command that verifies the work; it runs once after the worker ends, in the data directory. */
  verify?: string;
  /**
   * The path of a git repository, of which the worker gets a worktree in the data directory, on the branch `looop/<id>`.
   * Default: none.
   */
  repo?: string;
  /** The id of the goal that it works for. */
  goal?: string;
}

/**
 * Starts a worker: a detached agent session in tmux, which outlives this process.
 *
 * @throws {UserError} if a running worker has the id, too many workers are running, or a program is missing.
 *
 * @example
 * ```ts
 * import { killWorker, startWorker } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const configPath = `${dataDir}/looop.json`;
 * const runners = { mine: { worker: "cat {{prompt_file}}; sleep 60" } };
 * await Deno.writeTextFile(configPath, JSON.stringify({ worker_runner: "mine", runners }));
 * const worker = await startWorker({ dataDir, configPath, id: "tea", prompt: "Make tea." });
 * console.log(worker.state); // running
 * await killWorker({ dataDir, configPath, id: "tea" });
 * ```
 */
export async function startWorker(options: StartWorkerOptions): Promise<Worker> {
  const profile = await openProfile(options);
  await ensureProfile(profile);
  const { verify } = options;
  const verifyCommand = verify === undefined ? null : await admitCommand(profile, verify);
  return await startSession(profile, { ...options, verifyCommand });
}

/**
 * Lists the workers that are running, and those whose end no decision has seen yet, by id.
 *
 * @throws {UserError} if tmux or `ps` fails, so that the states are unknown.
 *
 * @example
 * ```ts
 * import { listWorkers } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * console.log(await listWorkers({ dataDir, configPath: `${dataDir}/looop.json` })); // []
 * ```
 */
export async function listWorkers(options: ProfileOptions = {}): Promise<Worker[]> {
  const profile = await openProfile(options);
  return await observeWorkers(profile, { asks: (await readAsks(profile)).asks });
}

/** Selects a worker. */
export interface WorkerOptions extends ProfileOptions {
  /** The worker's id. */
  id: string;
}

/**
 * Ends a worker with all its processes, its open asks and its claims.
 *
 * @throws {UserError} if the worker does not exist, or a process of it cannot be killed.
 *
 * @example
 * ```ts
 * import { killWorker, UserError } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const configPath = `${dataDir}/looop.json`;
 * await killWorker({ dataDir, configPath, id: "docs" }).catch((error) => {
 *   console.log(error instanceof UserError); // true
 * });
 * ```
 */
export async function killWorker(options: WorkerOptions): Promise<void> {
  await stopSession(await openProfile(options), options.id);
}

/**
 * Raises a worker's flag: it waits for the user.
 *
 * @throws {UserError} if the worker does not exist, or the note is longer than 100,000 characters.
 *
 * @example
 * ```ts
 * import { flagWorker } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const options = { dataDir, configPath: `${dataDir}/looop.json`, id: "docs", note: "needs a login" };
 * await flagWorker(options).catch((error) => console.log(error.message));
 * ```
 */
export async function flagWorker(options: WorkerOptions & { note?: string }): Promise<void> {
  await raiseFlag(await openProfile(options), options.id, options.note);
}

/** Options of {@linkcode ask}. */
export interface AskOptions extends WorkerOptions {
  /** The question, at most 100,000 characters. */
  question: string;
  /** The answers to choose from, at most 10. Default: any text. */
  options?: string[];
  /** A path or address that the question is about. */
  ref?: string;
  /** How long to wait, in milliseconds. Default: until there is an answer. */
  timeoutMs?: number;
  /** Stops waiting; the ask stays open. */
  signal?: AbortSignal;
}

/**
 * Asks the user a question of a running worker, and waits for the answer. Repeating a question while it is open
 * waits for the same ask.
 *
 * @returns the answer; `null` after the timeout, or if the worker ended first.
 * @throws {UserError} if the worker does not exist, or the question is invalid.
 *
 * @example
 * ```ts
 * import { ask } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const options = { dataDir, configPath: `${dataDir}/looop.json`, id: "docs", question: "Tea?" };
 * await ask(options).catch((error) => console.log(error.message)); // there is no worker docs…
 * ```
 */
export async function ask(options: AskOptions): Promise<string | null> {
  const { id, question, ref, timeoutMs, signal } = options;
  const profile = await openProfile(options);
  const [worker] = await listWorkers(options).then((all) => all.filter((one) => one.id === id));
  if (!worker) throw new UserError(`there is no worker ${id}`);
  const { generation } = worker;
  const raised = await raiseAsk(profile, {
    ...{ worker: id, generation, question, ref },
    options: options.options,
  });
  const answer = await awaitAnswer(profile, raised.id, { timeoutMs, signal });
  if (answer.kind !== "answered") return null;
  await closeWorkerAsk(profile, raised.id, "delivered");
  return answer.text;
}

/**
 * Answers an ask; the first answer counts. An approval takes a plain yes or no, such as `allow` or `no: not today`; a
 * question with options takes one of them, in any case.
 *
 * @throws {UserError} if there is no such ask, it already has an answer, has expired, or takes other answers.
 *
 * @example
 * ```ts
 * import { answer, tick } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const where = { dataDir, configPath: `${dataDir}/looop.json` };
 * const ask = { action: "ask", question: "Tea?", journal: "asked for tea" } as const;
 * const result = await tick({ ...where, decide: () => ask });
 * if (result.outcome === "moved") await answer({ ...where, id: result.result.ask_id!, text: "please" });
 * ```
 */
export async function answer(
  options: ProfileOptions & {
    /** The ask's id, or its beginning if only one open ask has that. */
    id: string;
    /** The answer. */
    text: string;
    /** Accept an answer that is not one of the ask's options. Default `false`. */
    other?: boolean;
  },
): Promise<Ask> {
  const { id, text, other } = options;
  return await answerAsk(await openProfile(options), id, text, { other });
}

/**
 * Lists the open asks, and those whose answer was not read yet; oldest first.
 *
 * @example
 * ```ts
 * import { listAsks } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * console.log(await listAsks({ dataDir, configPath: `${dataDir}/looop.json` })); // []
 * ```
 */
export async function listAsks(options: ProfileOptions = {}): Promise<Ask[]> {
  return (await readAsks(await openProfile(options))).asks;
}

/**
 * Removes ended workers whose end a decision has seen, with all their files, such as transcripts. One with a worktree in which
 * something could be lost is kept, as by `looop prune`.
 *
 * @returns the removed ids.
 *
 * @example
 * ```ts
 * import { pruneWorkers } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const where = { dataDir, configPath: `${dataDir}/looop.json` };
 * console.log(await pruneWorkers({ ...where, olderThanDays: 7 })); // []
 * ```
 */
export async function pruneWorkers(
  options: ProfileOptions & { /** Default 0: all that have ended. */ olderThanDays?: number } = {},
): Promise<string[]> {
  const profile = await openProfile(options);
  await ensureProfile(profile);
  return (await removeEnded(profile, { olderThanDays: options.olderThanDays })).removed;
}
