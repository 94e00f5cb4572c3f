import { join } from "@std/path";
import { closeWorkerAsk } from "../inbox/answer.ts";
import { findAsk, listAsks } from "../inbox/asks.ts";
import { poll, systemClock } from "../os/clock.ts";
import { removeFile } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { isPresent } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import { unknownWorker } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import type { Resumption, WorkerEnd, WorkerState } from "../schema/worker.ts";
import type { WorkerFiles } from "./files.ts";
import { type Launch, launch, planLaunch } from "./launch.ts";
import { listWorkers, type Observed, observeFleet } from "./list.ts";
import { asArgument, continuationText } from "./messages.ts";
import { nextResumption, repeatedAnswers } from "./resumption.ts";
import { checkBudget } from "./spending.ts";
import { endTree } from "./stop.ts";
import { prepareTmux } from "./tmux.ts";

/** Runs the `verify` of a lost worker; returns whether it passed, or `null` where another looop is running it. */
type Verify = (worker: Observed) => Promise<boolean | null>;

/**
 * Takes the workers that were lost one step on: one that was lost just now is scheduled, with back-off, or done if its
 * `verify` passes; one that is due is continued, once. If that fails, it warns, and it counts as one more loss. Workers
 * whose usage limit has ended are continued, too.
 */
export async function resumeWorkers(
  profile: Profile,
  fleet: readonly Observed[],
  verify: Verify,
): Promise<void> {
  const now = profile.clock.now();
  await Promise.all(fleet.map(async (worker) => {
    const { record, resumption } = worker.facts;
    const { phase = "begun", due = "" } = resumption ?? {};
    const isOver = isLimitOver(worker, now);
    if (!worker.resuming && phase !== "starting" && !isOver) return;
    try {
      if (isOver) await resume(profile, record.id);
      else if (phase === "begun") await schedule(profile, worker, verify);
      else if (phase !== "waiting" || Date.parse(due) <= now.getTime()) {
        await resume(profile, record.id);
      }
    } catch (error) {
      profile.warn(`cannot continue worker ${record.id}: ${messageOf(error)}`);
    }
  }));
}

async function schedule(profile: Profile, worker: Observed, verify: Verify): Promise<void> {
  const { files, facts: { record, resumption } } = worker;
  const passed = record.verify === null ? false : await verify(worker);
  if (passed === null) return;
  const now = profile.clock.now();
  if (passed) {
    const end: WorkerEnd = { exit_code: 0, at: now.toISOString(), how: "verified" };
    return await replaceFile(files.exit, JSON.stringify(end) + "\n");
  }
  const next = nextResumption(resumption, now);
  await write(files, next);
  await appendEvent(profile, { event: "worker_lost", worker: record.id, due: next.due });
}

/** The states of a worker that `looop continue` continues. */
const CONTINUABLE: readonly WorkerState[] = ["lost", "resuming", "limited", "orphaned", "stuck"];

/**
 * Continues a worker at once: one that was lost, is stuck or limited, or has lost its terminal. What is left of its session is ended
 * before.
 *
 * @returns whether its agent continues its own session; `false`: none is recorded, so a new one takes over from it.
 * @throws {UserError} where there is no such worker, it is working or has ended otherwise, or cannot be started.
 */
export async function continueWorker(profile: Profile, id: string): Promise<boolean> {
  const continued = await resume(profile, id, true);
  if (continued === null) throw new UserError(`worker ${id} is being continued already: looop ls`);
  return continued;
}

/**
 * Continues a worker. Each step is recorded before it is taken, and repeating it has no further effect: after `starting`, the
 * marks of a living process show whether the agent has begun.
 *
 * @param byHand also one that is not due
 * @returns whether its session was continued; `null` where there was nothing to do.
 */
async function resume(profile: Profile, id: string, byHand = false): Promise<boolean | null> {
  const { paths, clock } = profile;
  const [known] = isId(id) ? await observeFleet(profile, { only: id }) : [];
  if (!known) throw unknownWorker(profile.paths, id);
  using _ = await lock(paths.workersLock);
  const worker = await afterStart(profile, id);
  const { files, facts, process, resuming } = worker;
  const { record, resumption } = facts;
  const at = () => clock.now().toISOString();
  const planned = resumption ?? { count: 0, due: at() };
  const enter = async (phase: Resumption["phase"], answered?: string[]) => {
    const entered: Resumption = { ...planned, phase, at: at(), answered };
    if (byHand) entered.count = 0;
    await write(files, entered);
    return entered;
  };
  const begun = async (starting: Resumption) => {
    for (const ask of starting.answered ?? []) await closeWorkerAsk(profile, ask, "delivered");
    // All records of the new session are later than `starting`.
    await write(files, { ...starting, phase: "begun" });
    await appendEvent(profile, { event: "worker_resumed", worker: id });
  };
  if (resumption?.phase === "starting" && process) {
    await begun(resumption);
    return null;
  }
  if (byHand) await refuseUnlessContinuable(profile, id);
  else if (!resuming && !isWaiting(worker) && !isLimitOver(worker, clock.now())) return null;
  // That costs no attempt: the user lifts it.
  if (!byHand && (await checkBudget(profile, { dollarsOnly: true })).over) return null;
  try {
    const { plan, text, continued, asks } = await planContinuation(profile, worker);
    if (resumption?.phase !== "starting") {
      await enter("stopping", repeatedAnswers(resumption, clock.now()));
      await clearAway(profile, worker);
    } else await endAll(profile, worker);
    const answered = asks.flatMap(({ id, answer }) => answer ? [id] : []);
    const starting = await enter("starting", answered);
    await replaceFile(files.message, text);
    const socket = await prepareTmux(profile);
    const endNew = () => endAll(profile, { files, facts, session: null });
    await launch(profile, socket, { files, record, plan, endAll: endNew });
    await begun(starting);
    return continued;
  } catch (error) {
    if (!byHand) await write(files, nextResumption(resumption, clock.now()));
    throw error;
  }
}

/** How long a session with an environment may take to show the mark of its worker. */
const BEGIN_MS = 5000;

/** Observes a worker; a session that a looop which was killed has opened may still be about to begin. */
async function afterStart(profile: Profile, id: string): Promise<Observed> {
  let [worker] = await observeFleet(profile, { only: id, thorough: true });
  await poll(systemClock, async () => {
    const { facts: { resumption }, session, process } = worker;
    if (process || resumption?.phase !== "starting" || !session || session.dead) return true;
    [worker] = await observeFleet(profile, { only: id, thorough: true });
    return null;
  }, { everyMs: 100, timeoutMs: BEGIN_MS });
  return worker;
}

async function refuseUnlessContinuable(profile: Profile, id: string): Promise<void> {
  const [worker] = await listWorkers(profile, { only: id, asks: (await listAsks(profile)).asks });
  if (CONTINUABLE.includes(worker.state)) return;
  throw new UserError(
    worker.alive
      ? `cannot continue worker ${id}: it is ${worker.state}; looop attach ${id}`
      : `cannot continue worker ${id}: it has ended (${worker.state}); looop start-session starts a new one`,
  );
}

/** Plans the new session of a worker, with its first message. */
async function planContinuation(
  profile: Profile,
  { files, facts: { record, worktree, resumption }, limit }: Observed,
): Promise<{ plan: Launch; text: string; continued: boolean; asks: Ask[] }> {
  const { id, generation, runner, model, access, sandbox } = record;
  const open = (await listAsks(profile)).asks
    .filter((ask) => ask.worker === id && ask.run_id === generation);
  const before = await Promise.all(
    repeatedAnswers(resumption, profile.clock.now())
      .filter((answered) => open.every(({ id }) => id !== answered))
      .map((answered) => findAsk(profile, answered)),
  );
  const asks = [...before.filter((ask) => ask !== null), ...open];
  const report = join(profile.paths.reports, `${id}.md`);
  const write = (continued: boolean) =>
    continuationText({
      ...{
        continued,
        limited: limit !== null,
        asks,
        promptFile: files.prompt,
        transcript: files.transcript,
      },
      report: isPresent(report) ? report : null,
    });
  let continued = true;
  const plan = await planLaunch(profile, files, {
    ...{ id, runner, model, access, sandbox, worktree },
    async begin(agent, input) {
      const message = asArgument(write(true), files.message);
      const start = await agent.resume?.({ ...input, message, messageFile: files.message });
      if (start) return start;
      continued = false;
      return await agent.start({ ...input, promptFile: files.message });
    },
  });
  return { plan, text: write(continued), continued, asks };
}

function isLimitOver({ limit }: Observed, now: Date): boolean {
  return limit !== null && Date.parse(limit.due) <= now.getTime();
}

/** Its new session got no environment, since looop was killed before that. */
function isWaiting({ facts: { resumption }, end, process }: Observed): boolean {
  return resumption?.phase === "starting" && end === null && !process;
}

/** Ends what is left of a worker's session, and removes what it recorded about its end. */
async function clearAway(profile: Profile, worker: Observed): Promise<void> {
  await endAll(profile, worker);
  const { files } = worker;
  const { exit, status, settled, verification, verifying } = files;
  for (const path of [exit, status, settled, verification, verifying]) await removeFile(path);
}

async function endAll(
  profile: Profile,
  { files, facts, session }: Pick<Observed, "files" | "facts" | "session">,
): Promise<void> {
  const { generation } = facts.record;
  const left = await endTree(profile, { files, generation, session });
  if (left.length > 0) throw new UserError(`its processes ${left.join(", ")} cannot be killed`);
}

async function write({ resumption }: WorkerFiles, content: Resumption): Promise<void> {
  await replaceFile(resumption, JSON.stringify(content) + "\n");
}
