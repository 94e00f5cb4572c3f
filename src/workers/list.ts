import { join } from "@std/path";
import { readFlag } from "../inbox/flags.ts";
import { listDir } from "../os/dirs.ts";
import { listProcesses, type Process } from "../os/processes.ts";
import { readTextIfPresent } from "../os/read.ts";
import { runInTerminal } from "../os/run_tool.ts";
import { isPresent } from "../os/stat.ts";
import { listWorkerIds, type Paths, unknownWorker } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import type { Worker, WorkerEnd } from "../schema/worker.ts";
import {
  endedFiles,
  readEnd,
  readFacts,
  type WorkerFacts,
  type WorkerFiles,
  workerFiles,
  workerFilesIn,
} from "./files.ts";
import { isCut, isResuming, readLimit } from "./resumption.ts";
import { endedWorker, liveWorker, lostEnd } from "./state.ts";
import { listSessions, type Session, socketOf, tmuxArgv, tmuxEnv } from "./tmux.ts";

/**
 * Lists the workers that are not archived, by id.
 *
 * @param options `asks`: a worker with an open one is waiting; `only`: this worker alone
 * @throws {UserError} where tmux or `ps` fails: a worker must not count as lost then.
 */
export async function listWorkers(
  profile: Profile,
  { asks = [], only }: { asks?: readonly Ask[]; only?: string } = {},
): Promise<Worker[]> {
  const now = profile.clock.now().getTime();
  const stuckMs = profile.config.stuck_after * 1000;
  const fleet = await observeFleet(profile, { only });
  return await Promise.all(fleet.map(async ({ facts, end, session, process, resuming, limit }) => {
    const { id, generation } = facts.record;
    const flag = await readFlag(profile, id);
    if (end) return endedWorker(facts, end, flag);
    const own = asks.filter((ask) =>
      ask.worker === id && ask.run_id === generation && !ask.answer && !ask.closed_by
    );
    const signs = {
      session: isLive(session),
      process,
      resuming,
      limit,
      flag,
      asks: own,
      now,
      stuckMs,
    };
    return liveWorker(facts, signs);
  }));
}

/** Lists the archived workers in the order of their start. */
export async function listEnded(profile: Profile): Promise<Worker[]> {
  const dir = profile.paths.workersEnded;
  const names = listDir(dir).flatMap(({ name, isDirectory }) => isDirectory ? [name] : []);
  const ended = await Promise.all(names.map(async (name) => {
    const facts = await factsOf(profile, name, workerFilesIn(join(dir, name)));
    return facts ? [endedWorker(facts, facts.end ?? lostEnd(facts), null)] : [];
  }));
  return ended.flat().sort((a, b) => (a.generation < b.generation ? -1 : 1));
}

/** Reports by files alone whether a worker is alive: its end is not recorded. */
export function anyAlive(paths: Paths): boolean {
  return listWorkerIds(paths).some((id) => !isPresent(workerFiles(paths, id).exit));
}

/** One worker as its files, tmux and the process table show it. */
export interface Observed {
  files: WorkerFiles;
  facts: WorkerFacts;
  /** How it ended; `null`: it is alive, resuming or lost. */
  end: WorkerEnd | null;
  /** Its session, dead or alive; `null`: there is none, or the files alone were read. */
  session: Session | null;
  /** One of its processes is alive; `false` also where the files alone were read. */
  process: boolean;
  /** It was lost, and looop continues it. */
  resuming: boolean;
  /** Its agent has stopped at a usage limit. */
  limit: { at: string; due: string } | null;
}

/**
 * Observes the workers that are not archived. tmux and `ps` are called only if the files do not record every end.
 *
 * @param only this one alone
 * @param thorough call tmux and `ps` also for workers that have ended
 * @throws {UserError} where tmux or `ps` fails.
 */
export async function observeFleet(
  profile: Profile,
  { only, thorough = false }: { only?: string; thorough?: boolean } = {},
): Promise<Observed[]> {
  const ids = only === undefined ? listWorkerIds(profile.paths) : [only];
  const read = (await Promise.all(ids.map(async (id): Promise<Observed[]> => {
    const files = workerFiles(profile.paths, id);
    const facts = await factsOf(profile, id, files);
    if (facts?.record.id !== id) return [];
    const none = { session: null, process: false, resuming: false, limit: null };
    return [{ files, facts, end: facts.end, ...none }];
  }))).flat();
  const isOpen = ({ files, facts: { end, killing } }: Observed) =>
    thorough || !end || killing !== null || (isCut(end) && !isPresent(files.settled));
  if (!read.some(isOpen)) return read;
  const [sessions, marks] = await Promise.all([
    listSessions(profile),
    listProcesses(profile.environment).then(liveMarks),
  ]);
  return await Promise.all(
    read.map((worker) => isOpen(worker) ? observe(profile, worker, sessions ?? [], marks) : worker),
  );
}

async function factsOf(
  profile: Profile,
  name: string,
  files: WorkerFiles,
): Promise<WorkerFacts | null> {
  try {
    return await readFacts(profile, files);
  } catch (error) {
    profile.warn(`cannot list worker ${name}: ${messageOf(error)}`);
    return null;
  }
}

async function observe(
  profile: Profile,
  { files, facts }: Observed,
  sessions: Session[],
  marks: ReadonlySet<string>,
): Promise<Observed> {
  const { id, generation, wrapper } = facts.record;
  const isOwn = ({ name, pid }: Session) =>
    name === sessionName(id) && (!wrapper || pid === wrapper.pid);
  const session = sessions.find(isOwn) ?? null;
  const process = marks.has(generation);
  const alive = process || isLive(session);
  // It may have ended since its files were read.
  const end = facts.killing
    ? (alive ? null : facts.killing)
    : facts.end ?? (alive ? null : await readEnd(profile, files, facts.resumption)) ??
      (alive ? null : paneEnd(session, facts));
  const resuming = !facts.killing && isCut(end) && isResuming(profile, files, facts, alive);
  const limit = alive && !resuming ? await readLimit(profile, files, facts) : null;
  return { files, facts, end: resuming ? null : end, session, process, resuming, limit };
}

function isLive(session: Session | null): boolean {
  return session !== null && !session.dead;
}

/** If its wrapper was killed, tmux knows the exit status, but not the time. */
function paneEnd(session: Session | null, facts: WorkerFacts): WorkerEnd | null {
  // While it is being continued, it is that of the old session, or of a new one that got no environment.
  const { phase = "begun" } = facts.resumption ?? {};
  if (!session?.dead || session.exitCode === null || phase !== "begun") return null;
  return { ...lostEnd(facts), exit_code: session.exitCode, how: "exited" };
}

/** The tmux session of a worker. */
export function sessionName(id: string): string {
  return `looop-${id}`;
}

/** The marks of all processes, as in `endTree`. */
function liveMarks(table: ReadonlyMap<number, Process>): Set<string> {
  const marks = new Set<string>();
  for (const { line } of table.values()) {
    for (const [, mark] of ` ${line}`.matchAll(/ LOOOP_(?:WRAPPER|GENERATION)=(\S+)/g)) {
      marks.add(mark);
    }
  }
  return marks;
}

/**
 * Attaches the terminal to a worker's session until the user detaches with Ctrl-\ Ctrl-\, or it ends; works inside another
 * tmux.
 *
 * @returns the exit status of tmux.
 * @throws {UserError} if the worker does not exist, or it has no session.
 */
export async function attachWorker(profile: Profile, id: string): Promise<number> {
  const [worker] = await listWorkers(profile, { only: id });
  if (!worker) throw unknownWorker(profile.paths, id);
  if (worker.state === "orphaned") {
    throw new UserError(
      `cannot attach to worker ${id}: it is running without a terminal, because its tmux server was killed; ` +
        `looop continue ${id} restarts it in one, looop logs ${id} shows its output, looop kill ${id} ends it`,
    );
  }
  if (worker.state === "resuming") {
    throw new UserError(
      `cannot attach to worker ${id}: its session ended unexpectedly; the loop continues it, looop continue ${id} at once`,
    );
  }
  if (!worker.alive) {
    throw new UserError(
      `cannot attach to worker ${id}: it has ended (${worker.state}); looop logs ${id}`,
    );
  }
  return await runInTerminal(await attachArgv(profile, id), tmuxEnv(profile));
}

/** The command line that attaches a terminal to a worker's session; its environment must not have `TMUX`. */
export async function attachArgv(profile: Profile, id: string): Promise<string[]> {
  const target = `=${sessionName(id)}`;
  return tmuxArgv(profile, await socketOf(profile), ["attach-session", "-E", "-t", target]);
}

/** An archived worker whose worktree `looop prune` keeps. */
export interface KeptWorker {
  id: string;
  /** In one line. */
  why: string;
}

/** Lists the archived workers whose worktree the last `looop prune` kept, in the order of their start. */
export async function listKept(profile: Profile): Promise<KeptWorker[]> {
  // Most have none: their records are not read.
  const isKept = listDir(profile.paths.workersEnded)
    .some(({ name }) => isPresent(join(profile.paths.workersEnded, name, "kept")));
  const ended = isKept ? await listEnded(profile) : [];
  const kept = await Promise.all(ended.map(async ({ id, generation }) => {
    const why = await readTextIfPresent(endedFiles(profile, { id, generation }).kept);
    return why === null ? [] : [{ id, why }];
  }));
  return kept.flat();
}
