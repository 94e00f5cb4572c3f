import { closeWorkerAsks } from "../inbox/answer.ts";
import { killTree } from "../os/kill_tree.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/primitives.ts";
import type { Worker, WorkerEnd, WorkerRecord } from "../schema/worker.ts";
import { reapClaims } from "./claims.ts";
import { readFacts, type WorkerFiles, workerFiles } from "./files.ts";
import { listWorkers, sessionName } from "./list.ts";
import { listSessions, type Session, socketOf, tmuxArgv } from "./tmux.ts";

/** 128 + TERM, as a shell has it. */
const KILLED = 143;

/** What {@linkcode killWorker} found. */
export type Killed =
  /** It had ended before. */
  | "ended_before"
  | "killed"
  /** looop was called by the worker, and ends with it: what is left is ended in the background. */
  | "ends_itself";

/** What {@linkcode killWorker} takes; all of it has a default. */
export interface KillOptions {
  /** The worker itself has said so, from a sandbox. Default `false`. */
  itself?: boolean;
  /** The reason, in one line, where it is looop's own. */
  why?: string;
}

/**
 * Ends a worker with all its processes, orphans and those that left its session included: HUP, then TERM, then
 * KILL. It counts as failed; but one that has itself killed says by that that it is done.
 *
 * @throws {UserError} where there is no such worker, or something of it does not die.
 */
export async function killWorker(
  profile: Profile,
  id: string,
  { itself = false, why }: KillOptions = {},
): Promise<Killed> {
  const files = workerFiles(profile.paths, id);
  const facts = isId(id) ? await readFacts(profile, files) : null;
  if (!facts) throw new UserError(`there is no worker ${id}: looop ls lists them`);
  if (facts.end && !facts.killing) return "ended_before";
  const { generation } = facts.record;
  const fromInside = profile.env("LOOOP_GENERATION") === generation;
  const wanted = fromInside || itself;
  const end: WorkerEnd = {
    exit_code: wanted ? 0 : KILLED,
    at: profile.clock.now().toISOString(),
    how: wanted ? "ended_itself" : "killed",
    ...(why === undefined ? {} : { why }),
  };
  // Who has said that it is done is not killed by whoever comes second.
  if (!facts.killing) await replaceFile(files.killing, JSON.stringify(end) + "\n");
  await appendEvent(profile, {
    event: "killed",
    worker: id,
    itself: wanted,
    ...(why === undefined ? {} : { why }),
  });
  const session = await findSession(profile, facts.record);
  const left = await endTree(profile, { files, generation, session, fromInside });
  if (left.length > 0) {
    throw new UserError(`cannot kill worker ${id}: still there is ${left.join(", ")} (ps -fp PID)`);
  }
  return fromInside ? "ends_itself" : "killed";
}

/** Processes are found without tmux; so is one of a tmux that does not answer. */
async function findSession(profile: Profile, record: WorkerRecord): Promise<Session | null> {
  try {
    const sessions = await listSessions(profile);
    return sessions?.find(({ name, pid }) =>
      name === sessionName(record.id) && pid === record.wrapper?.pid
    ) ?? null;
  } catch (error) {
    profile.warn(messageOf(error));
    return null;
  }
}

/** How a worker was stopped, and how it stands now. */
export interface Stopped {
  how: Killed;
  /** `null` where its directory has gone meanwhile. */
  worker: Worker | null;
}

/**
 * Ends a worker with all its processes; its open asks and its claims end with it.
 *
 * @param options as of {@linkcode killWorker}
 * @throws {UserError} where there is no such worker, or something of it does not die.
 */
export async function stopSession(
  profile: Profile,
  id: string,
  options: KillOptions = {},
): Promise<Stopped> {
  const how = await killWorker(profile, id, options);
  const [worker] = await listWorkers(profile, { only: id });
  if (!worker) return { how, worker: null };
  if (!worker.alive) {
    await closeWorkerAsks(profile, id, worker.generation);
    await reapClaims(profile, new Map([[id, worker.state]]));
  }
  return { how, worker };
}

/** What is to be ended of a worker. */
export interface Remains {
  files: WorkerFiles;
  generation: string;
  session: Session | null;
  /** looop itself was called by it. */
  fromInside?: boolean;
}

/** Only once nothing is left: until then the worker lives, and its session shows what it still prints. */
const THEN = `mv -f -- "$1" "$2"; shift 2; [ $# = 0 ] || exec -- "$@"`;

/**
 * Ends all processes of a worker, then its session; `killing.json`, where there is one, becomes `exit.json`.
 *
 * @returns pids that even KILL did not end.
 */
export async function endTree(
  profile: Profile,
  { files, generation, session, fromInside = false }: Remains,
): Promise<number[]> {
  const kill = session === null
    ? []
    : tmuxArgv(profile, await socketOf(profile), ["kill-session", "-t", session.id]);
  return await killTree({
    mark: generation,
    then: ["bash", "-p", "-c", THEN, "looop", files.killing, files.exit, ...kill],
    fromInside,
    env: profile.environment,
  });
}
