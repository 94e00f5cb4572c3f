import { listFolder } from "../host/list_folder.ts";
import { listProcesses } from "../host/list_processes.ts";
import { isId } from "../model/id.ts";
import type { WorkerEnd } from "../model/worker_schema.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { liveMarks } from "./live_marks.ts";
import { listSessions, type Session } from "./tmux.ts";
import {
  readEnd,
  readFacts,
  type WorkerFacts,
  type WorkerFiles,
  workerFiles,
} from "./worker_files.ts";

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
    listProcesses(profile.environment).then(liveMarks),
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
    ? listFolder(profile.paths.workers).flatMap(({ name, isDirectory }) =>
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
