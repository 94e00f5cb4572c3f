import { closeWorkerAsks } from "../inbox/answer.ts";
import { removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { runTool } from "../os/run_tool.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import { unknownWorker } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import type { Worker, WorkerEnd, WorkerRecord } from "../schema/worker.ts";
import killer from "../scripts/kill_tree.sh" with { type: "text" };
import { reapClaims } from "./claims.ts";
import { readFacts, type WorkerFacts, type WorkerFiles, workerFiles } from "./files.ts";
import { listWorkers, type Observed, sessionName } from "./list.ts";
import { isCut, isResuming } from "./resumption.ts";
import { lostEnd } from "./state.ts";
import { listSessions, type Session, socketOf, tmuxArgv } from "./tmux.ts";

/** The exit status of a killed worker: 128 + TERM, as in a shell. */
const KILLED = 143;

/** The result of {@linkcode stopSession}. */
export type Killed =
  | "ended_before"
  | "killed"
  /** The worker called looop, which ends with it: the kill continues in the background. */
  | "ends_itself";

/** `itself`: the worker requested it from its sandbox; `why`: the reason, in one line, where looop itself kills it. */
type KillOptions = { itself?: boolean; why?: string };

/**
 * Kills a worker with all its processes, orphaned and detached ones included: HUP, then TERM, then KILL; closes its open
 * asks and releases its claims. It counts as failed; a worker that kills itself counts as done.
 *
 * @returns the worker after that; `null` where its directory was removed meanwhile.
 * @throws {UserError} if the worker does not exist, or a process of it cannot be killed.
 */
export async function stopSession(
  profile: Profile,
  id: string,
  options: KillOptions = {},
): Promise<{ how: Killed; worker: Worker | null }> {
  const how = await kill(profile, id, options);
  const [worker = null] = await listWorkers(profile, { only: id });
  if (worker && !worker.alive) {
    await closeWorkerAsks(profile, id, worker.generation);
    await reapClaims(profile, new Map([[id, worker.state]]));
  }
  return { how, worker };
}

async function kill(
  profile: Profile,
  id: string,
  { itself = false, why }: KillOptions,
): Promise<Killed> {
  const files = workerFiles(profile.paths, id);
  const { generation } = (await readWorker(profile, id)).record;
  const fromInside = profile.env("LOOOP_GENERATION") === generation;
  const wanted = fromInside || itself;
  const reason: Record<string, string> = why === undefined ? {} : { why };
  const end: WorkerEnd = {
    exit_code: wanted ? 0 : KILLED,
    at: profile.clock.now().toISOString(),
    how: wanted ? "ended_itself" : "killed",
    ...reason,
  };
  const facts = await beginKill(profile, id, end);
  if (facts === null) return "ended_before";
  await appendEvent(profile, { event: "killed", worker: id, itself: wanted, ...reason });
  const session = await findSession(profile, facts.record);
  const left = await endTree(profile, { files, generation, session, fromInside });
  if (left.length > 0) {
    throw new UserError(
      `cannot kill worker ${id}: its processes ${
        left.join(", ")
      } are still running; check ps -fp PID`,
    );
  }
  return fromInside ? "ends_itself" : "killed";
}

async function readWorker(profile: Profile, id: string): Promise<WorkerFacts> {
  const facts = isId(id) ? await readFacts(profile, workerFiles(profile.paths, id)) : null;
  if (!facts) throw unknownWorker(profile.paths, id);
  return facts;
}

/** Records that a worker is being killed; `null` if it has ended already. While it is being continued, it waits for that. */
async function beginKill(
  profile: Profile,
  id: string,
  end: WorkerEnd,
): Promise<WorkerFacts | null> {
  using _ = await lock(profile.paths.workersLock);
  const files = workerFiles(profile.paths, id);
  const facts = await readWorker(profile, id);
  // The first kill decides: a worker that reported itself done stays done.
  if (facts.killing) return facts;
  const resuming = isCut(facts.end) && isResuming(profile, files, facts, false);
  if (facts.end && !resuming) return null;
  await replaceFile(files.killing, JSON.stringify(end) + "\n");
  return facts;
}

/** Only warns where tmux does not answer: processes are found without it. */
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

/**
 * Records the end of a worker that has ended, kills remaining processes and closes its session.
 *
 * @returns pids that could not be killed.
 */
export async function recordEnd(
  profile: Profile,
  { files, facts, end, session, process }: Observed,
): Promise<number[]> {
  await replaceFile(files.exit, JSON.stringify(end ?? lostEnd(facts)) + "\n");
  await removeFile(files.killing);
  if (!process && !session) return [];
  return await endTree(profile, { files, generation: facts.record.generation, session });
}

/**
 * Kills all processes of a worker: those with its generation in their environment or, for its wrapper, among the arguments,
 * and their descendants. Once none is left, `killing.json`, if there is one, becomes `exit.json`, and the session ends:
 * until then it shows the output.
 *
 * @param fromInside looop is one of them: return at once and kill in the background
 * @returns pids that could not be killed; empty if `fromInside`
 * @throws {UserError} if `ps` returns no processes.
 */
export async function endTree(
  profile: Profile,
  { files, generation, session, fromInside = false }: {
    files: WorkerFiles;
    generation: string;
    session: Session | null;
    fromInside?: boolean;
  },
): Promise<number[]> {
  const { PATH = "/usr/bin:/bin", HOME = "/" } = profile.environment;
  const then = session === null
    ? []
    : tmuxArgv(profile, await socketOf(profile), ["kill-session", "-t", session.id]);
  const wait = fromInside ? "" : "wait";
  const { stdout } = await runTool({
    argv: ["bash", "-p", "-c", killer, "looop", wait, files.killing, files.exit, ...then],
    // Without the mark of a calling worker.
    env: { PATH, HOME, LC_ALL: "C", TZ: "UTC" },
    stdin: `${generation}\n`,
    timeoutMs: 60_000,
  });
  if (stdout === "UNKNOWN\n") {
    throw new UserError("cannot kill a process tree: ps returned no processes; try again");
  }
  return stdout.split("\n").map((line) => parseInt(line)).filter((pid) => pid > 0);
}
