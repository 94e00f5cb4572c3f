import { answerAsk, deliverAnswer } from "../inbox/answer.ts";
import { listAsks as readAsks } from "../inbox/asks.ts";
import { raiseFlag } from "../inbox/flags.ts";
import { raiseAsk } from "../inbox/raise.ts";
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

/** What {@linkcode startWorker} takes. */
export interface StartWorkerOptions extends ProfileOptions {
  /** 1 to 64 of a-z, 0-9, `_` and `-`, beginning with a letter or digit. */
  id: string;
  /** What the worker is to do; it is told nothing else but the worker contract. */
  prompt: string;
  /** Name of the runner. Default: the config's `worker_runner`. */
  runner?: string;
  /** Command that tells whether its work is right; run once after its end, in the data directory. */
  verify?: string;
  /** Id of the goal that it serves. */
  goal?: string;
}

/**
 * Starts a worker: a detached agent session in tmux. It goes on when this process ends.
 *
 * @throws {UserError} where the id is taken by one that lives, too many are alive, or a program is missing.
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
  return await startSession(profile, options);
}

/**
 * Lists the workers that live, and those whose end no decision has seen yet, by id.
 *
 * @throws {UserError} where tmux or `ps` fails, so that nobody knows who lives.
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

/** Which worker. */
export interface WorkerOptions extends ProfileOptions {
  /** Its id. */
  id: string;
}

/**
 * Ends a worker with all its processes; its open asks and its claims end with it.
 *
 * @throws {UserError} where there is no such worker, or something of it does not die.
 *
 * @example
 * ```ts
 * import { killWorker, UserError } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const configPath = `${dataDir}/looop.json`;
 * await killWorker({ dataDir, configPath, id: "nobody" }).catch((error) => {
 *   console.log(error instanceof UserError); // true
 * });
 * ```
 */
export async function killWorker(options: WorkerOptions): Promise<void> {
  await stopSession(await openProfile(options), options.id);
}

/**
 * Raises a worker's flag: it waits for a human.
 *
 * @throws {UserError} where there is no such worker, or the note is longer than 100,000 characters.
 *
 * @example
 * ```ts
 * import { flagWorker } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const options = { dataDir, configPath: `${dataDir}/looop.json`, id: "nobody", note: "look here" };
 * await flagWorker(options).catch((error) => console.log(error.message));
 * ```
 */
export async function flagWorker(options: WorkerOptions & { note?: string }): Promise<void> {
  await raiseFlag(await openProfile(options), options.id, options.note);
}

/** What {@linkcode ask} takes. */
export interface AskOptions extends WorkerOptions {
  /** The question, at most 100,000 characters. */
  question: string;
  /** Answers to choose from, at most 10; any other is taken, too. */
  options?: string[];
  /** A path or address that the question is about. */
  ref?: string;
  /** Milliseconds to wait. Default: until there is an answer. */
  timeoutMs?: number;
  /** Ends the waiting; the ask stays open. */
  signal?: AbortSignal;
}

/**
 * Asks the human in the name of a living worker, and waits for the answer. The same question asked again while it
 * is open is the same ask.
 *
 * @returns the answer; `null` when time was up, or the worker ended first.
 * @throws {UserError} where there is no such worker, or the question cannot be taken.
 *
 * @example
 * ```ts
 * import { ask } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const options = { dataDir, configPath: `${dataDir}/looop.json`, id: "nobody", question: "Tea?" };
 * await ask(options).catch((error) => console.log(error.message)); // there is no worker nobody…
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
  await deliverAnswer(profile, raised.id);
  return answer.text;
}

/**
 * Answers an ask; the first answer wins. An approval is answered by `yes`, or by anything else for no.
 *
 * @throws {UserError} where there is no such ask, it has an answer already, or it came too late.
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
  options: ProfileOptions & { /** The ask's id. */ id: string; /** The answer. */ text: string },
): Promise<Ask> {
  return await answerAsk(await openProfile(options), options.id, options.text);
}

/**
 * Lists the open asks, and those whose answer nobody has seen yet; oldest first.
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
 * Removes ended workers with all their files, such as transcripts; those whose end was seen.
 *
 * @returns ids of those that were removed.
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
  options: ProfileOptions & { /** Default 0: all that ended. */ olderThanDays?: number } = {},
): Promise<string[]> {
  const profile = await openProfile(options);
  await ensureProfile(profile);
  return await removeEnded(profile, { olderThanDays: options.olderThanDays });
}
