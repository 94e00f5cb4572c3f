import { basename, join } from "@std/path";
import { readFlag } from "../inbox/flags.ts";
import { listDir } from "../os/dirs.ts";
import { listProcesses, type Process } from "../os/processes.ts";
import { runInTerminal } from "../os/run_tool.ts";
import { fileAge } from "../os/stat.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/primitives.ts";
import type { Worker, WorkerEnd } from "../schema/worker.ts";
import {
  readEnd,
  readFacts,
  type WorkerFacts,
  type WorkerFiles,
  workerFiles,
  workerFilesIn,
} from "./files.ts";
import { endedWorker, liveWorker, lostEnd } from "./state.ts";
import { listSessions, type Session, socketOf, tmuxArgv, tmuxEnv } from "./tmux.ts";

/** What {@linkcode listWorkers} takes; all of it has a default. */
export interface ListWorkersOptions {
  /** Asks, of which those count that a worker made and nobody answered. Default: none. */
  asks?: readonly Ask[];
  /** This worker alone. */
  only?: string;
}

/**
 * Lists the workers that have not been archived, by id.
 *
 * @throws {UserError} where nobody knows who lives, since tmux or `ps` fails: none of them is lost then.
 */
export async function listWorkers(
  profile: Profile,
  { asks = [], only }: ListWorkersOptions = {},
): Promise<Worker[]> {
  const now = profile.clock.now().getTime();
  const fleet = await observeFleet(profile, { only });
  return await Promise.all(fleet.map(async ({ facts, end, session, process }) => {
    const { id, generation } = facts.record;
    const flag = await readFlag(profile, id);
    if (end) return endedWorker(facts, end, flag);
    return liveWorker(facts, {
      session: session !== null && !session.dead,
      process,
      flag,
      asks: asks.filter((ask) =>
        ask.worker === id && ask.run_id === generation && !ask.answer && !ask.closed_by
      ),
      now,
    });
  }));
}

/** Lists the workers that have been archived, in the order in which they were started. */
export async function listEnded(profile: Profile): Promise<Worker[]> {
  const dir = profile.paths.workersEnded;
  const ended = await Promise.all(
    listDir(dir).map(async ({ name, isDirectory }) => {
      if (!isDirectory) return [];
      try {
        const facts = await readFacts(profile, workerFilesIn(join(dir, name)));
        return facts ? [endedWorker(facts, facts.end ?? lostEnd(facts), null)] : [];
      } catch (error) {
        profile.warn(`an ended worker is left out: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  return ended.flat().sort((a, b) => (a.generation < b.generation ? -1 : 1));
}

/** Tells by files alone whether a worker lives, as far as anybody has seen it end. */
export function anyAlive({ workers, workersEnded }: Paths): boolean {
  for (const { name } of listDir(workers)) {
    if (name === basename(workersEnded) || name.startsWith(".")) continue;
    if (fileAge(join(workers, name, "exit.json"), 0) === null) return true;
  }
  return false;
}

/** One worker as files, tmux and process table show it. */
export interface Observed {
  files: WorkerFiles;
  facts: WorkerFacts;
  /** How it ended; `null`: it lives, or is lost. */
  end: WorkerEnd | null;
  /** Its session, dead or alive; `null`: there is none, or nobody looked since its files tell all. */
  session: Session | null;
  /** A process of it lives; `false` also where nobody looked. */
  process: boolean;
}

/**
 * Looks at every worker that has not been archived. While the files tell all, neither tmux nor `ps` is called.
 *
 * @param only this one alone
 * @param thorough call them also for those that have ended
 * @throws {UserError} where tmux or `ps` fails: then nobody knows who lives.
 */
export async function observeFleet(
  profile: Profile,
  { only, thorough = false }: { only?: string; thorough?: boolean } = {},
): Promise<Observed[]> {
  const read = await readFleet(profile, only);
  const open = read.filter(({ facts }) => thorough || !facts.end || facts.killing);
  if (open.length === 0) return read.map(settled);
  const [sessions, marks] = await Promise.all([
    listSessions(profile),
    listProcesses(profile.environment).then(markLive),
  ]);
  return await Promise.all(
    read.map(async (worker) =>
      open.includes(worker) ? await look(profile, worker, sessions ?? [], marks) : settled(worker)
    ),
  );
}

interface Read {
  files: WorkerFiles;
  facts: WorkerFacts;
}

async function readFleet(profile: Profile, only?: string): Promise<Read[]> {
  const names = only === undefined
    ? listDir(profile.paths.workers).flatMap(({ name, isDirectory }) =>
      isDirectory && isId(name) && name !== "ended" ? [name] : []
    )
    : [only];
  const fleet = await Promise.all(names.map(async (id): Promise<Read[]> => {
    const files = workerFiles(profile.paths, id);
    try {
      const facts = await readFacts(profile, files);
      return facts?.record.id === id ? [{ files, facts }] : [];
    } catch (error) {
      profile.warn(`worker ${id} is left out: ${messageOf(error)}`);
      return [];
    }
  }));
  return fleet.flat();
}

async function look(
  profile: Profile,
  { files, facts }: Read,
  sessions: Session[],
  marks: ReadonlySet<string>,
): Promise<Observed> {
  const { id, generation, wrapper } = facts.record;
  const session =
    sessions.find(({ name, pid }) =>
      name === sessionName(id) && (!wrapper || pid === wrapper.pid)
    ) ?? null;
  const process = marks.has(generation);
  const lives = process || (session !== null && !session.dead);
  // It may have ended since its files were read.
  const end = facts.killing
    ? (lives ? null : facts.killing)
    : facts.end ?? (lives ? null : await readEnd(profile, files) ?? paneEnd(session, facts));
  return { files, facts, end, session, process };
}

/** Where its wrapper was killed, tmux knows how; not when. */
function paneEnd(session: Session | null, { record, printedAt }: WorkerFacts): WorkerEnd | null {
  if (!session?.dead || session.exitCode === null) return null;
  const at = printedAt === null ? record.started_at : new Date(printedAt).toISOString();
  return { exit_code: session.exitCode, at, how: "exited" };
}

function settled({ files, facts }: Read): Observed {
  return { files, facts, end: facts.end, session: null, process: false };
}

/** The tmux session of a worker. */
export function sessionName(id: string): string {
  return `looop-${id}`;
}

/** Marks of the trees of which a process lives, as `killTree` knows them; one that is dead has no line. */
export function markLive(table: ReadonlyMap<number, Process>): Set<string> {
  const marks = new Set<string>();
  for (const { line } of table.values()) {
    for (const [, mark] of ` ${line}`.matchAll(/ LOOOP_(?:WRAPPER|GENERATION)=(\S+)/g)) {
      marks.add(mark);
    }
  }
  return marks;
}

/**
 * Attaches the terminal to a worker's session until the user detaches with Ctrl-\ Ctrl-\, or it ends; works inside
 * another tmux.
 *
 * @returns the exit status of tmux
 *
 * @throws {UserError} if there is no such worker, or it has no session.
 */
export async function attachWorker(profile: Profile, id: string): Promise<number> {
  const [worker] = await listWorkers(profile, { only: id });
  if (!worker) throw new UserError(`there is no worker ${id}: looop ls lists them`);
  if (worker.state === "orphaned") {
    throw new UserError(
      `worker ${id} lives on without a terminal, since its tmux server died: looop logs ${id} shows ` +
        `what it printed, looop kill ${id} ends it`,
    );
  }
  if (!worker.alive) {
    throw new UserError(`worker ${id} has ended (${worker.state}): looop logs ${id}`);
  }
  return await runInTerminal(await attachArgv(profile, id), tmuxEnv(profile));
}

/** The command that attaches a terminal to a worker's session; its environment must not have `TMUX`. */
export async function attachArgv(profile: Profile, id: string): Promise<string[]> {
  const target = `=${sessionName(id)}`;
  return tmuxArgv(profile, await socketOf(profile), ["attach-session", "-E", "-t", target]);
}
