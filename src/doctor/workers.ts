import { dirname } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import { readDeliveries } from "../inbox/deliveries.ts";
import { lockHolder } from "../os/lock.ts";
import { privacyProblem } from "../os/dirs.ts";
import { listProcesses } from "../os/processes.ts";
import { findProgram } from "../os/run_tool.ts";
import { kindAt } from "../os/stat.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { deliveryProblem, isQuiet } from "../schema/notify.ts";
import { lastTickSchema } from "../schema/state.ts";
import type { Worker, WorkerState } from "../schema/worker.ts";
import { duration, plural, quoteWord } from "../schema/text.ts";
import { listClaims } from "../workers/claims.ts";
import { listKept, listWorkers } from "../workers/list.ts";
import { socketOf, tmux } from "../workers/tmux.ts";
import { type Check, fail, type Finding, type Findings, fromError, ok, warn } from "./check.ts";

/** Checks the tmux server of the profile, its workers and their claims. */
export const checkWorkers: Check = {
  name: "workers",
  needsProfile: true,
  async *run({ profile }) {
    // First, since listing the workers makes the server restore a removed socket.
    const server = await checkServer(profile);
    if (server) yield { ...server, check: "tmux server" };
    const { asks } = await listAsks(profile);
    const workers = await listWorkers(profile, { asks });
    yield* fleet(workers);
    yield* claims(profile, workers);
    for (const { id, why } of await listKept(profile)) {
      yield warn(
        `looop prune kept ${id} with its worktree: ${why}`,
        "then looop prune",
        "worktrees",
      );
    }
  },
};

/** `null`: tmux is not installed. */
async function checkServer(profile: Profile): Promise<Finding | null> {
  if (findProgram("tmux", profile.env("PATH") ?? "") === null) return null;
  const socket = await socketOf(profile);
  const wrong = await privacyProblem(dirname(socket));
  if (wrong !== null && wrong !== "missing") {
    const fix = `chmod 700 ${quoteWord(dirname(socket))}, or remove it, or set XDG_RUNTIME_DIR`;
    return fail(`cannot use ${dirname(socket)}: ${wrong}`, fix);
  }
  const { code, stdout, stderr } = await tmux(profile, socket, ["list-sessions", "-F", "#{pid}"]);
  if (code === 0) {
    const count = stdout.trim().split("\n").filter(Boolean).length;
    return ok(`${plural(count, "session")} at ${socket}`);
  }
  if (!/^no server running|No such file|Connection refused/.test(stderr)) {
    return fail(
      `the server at ${socket} does not answer: ${stderr || `status ${code}`}`,
      "looop ls",
    );
  }
  return await runsWithoutSocket(profile, socket)
    ? warn(`it runs, but its socket ${socket} is missing`, "looop ls")
    : ok("none runs; the first worker starts it");
}

async function runsWithoutSocket({ environment }: Profile, socket: string): Promise<boolean> {
  if (kindAt(socket) !== "nothing") return false;
  const table = await listProcesses(environment);
  return [...table.values()].some(({ line }) => line.includes(`tmux -S ${socket} `));
}

/** The remedies for workers in these states. */
const PROBLEMS: Partial<Record<WorkerState, { found: string; fix(id: string): string }>> = {
  orphaned: {
    found: "runs without its terminal",
    fix: (id) => `looop continue ${id} restarts it in one, looop kill ${id} ends it`,
  },
  lost: {
    found: "ended unexpectedly (crash or reboot), and no tick has processed that yet",
    fix: () => "looop tick",
  },
  stuck: { found: "has printed nothing for a long time", fix: (id) => `looop attach ${id}` },
};

function* fleet(workers: Worker[]): Findings {
  for (const { id, state } of workers) {
    const problem = PROBLEMS[state];
    if (problem) yield warn(`${id} ${problem.found}`, problem.fix(id));
  }
  const alive = workers.filter((worker) => worker.alive).length;
  if (workers.every(({ state }) => !PROBLEMS[state])) yield ok(`${alive || "none"} alive`);
}

async function* claims(profile: Profile, workers: Worker[]): Findings {
  const { claims, broken } = await listClaims(profile);
  for (const problem of broken) yield fromError("warn", problem, "claims");
  for (const { name, session } of claims) {
    const worker = workers.find(({ id }) => id === session);
    if (worker?.alive) continue;
    const [why, fix] = worker
      ? ["which has ended", "looop tick"]
      : ["which is not a worker", `looop unclaim ${name} --session ${session}`];
    yield warn(`${name} is claimed by ${session}, ${why}`, fix, "claims");
  }
}

/** A pulse may be late by this many intervals, plus a grace period for slow sensors and failures. */
const LATE_INTERVALS = 3;
const GRACE_MS = 900_000;

/** Checks that notifications reach the user, and that the heartbeat does. */
export const checkNotify: Check = {
  name: "notify",
  needsProfile: true,
  needsConfig: true,
  async *run({ profile }) {
    const { config: { notify, heartbeat, quiet_hours }, configPath, clock } = profile;
    const deliveries = await readDeliveries(profile);
    const problem = deliveryProblem(deliveries);
    if (problem !== null) {
      yield warn(problem, `try the command by hand, or change it in ${configPath}`);
    }
    if (notify === undefined && heartbeat === undefined) return "no command is set";
    const { length } = deliveries.pending;
    if (length === 0) return "all is delivered";
    const isHeld = quiet_hours !== undefined && isQuiet(quiet_hours, clock.now());
    const until = isHeld ? ` until ${quiet_hours.to} (quiet_hours)` : "";
    return `${plural(length, "notification")} waiting${until}`;
  },
};

/** Checks that a pulse runs, and ticks. */
export const checkPulse: Check = {
  name: "pulse",
  needsProfile: true,
  async *run({ profile }) {
    const { paths, clock, config, environment } = profile;
    const tick = await parseFile(paths.lastTick, lastTickSchema, "looop tick");
    const age = tick === null ? Infinity : clock.now().getTime() - Date.parse(tick.at);
    const last = tick === null ? "it has never ticked" : `the last tick was ${duration(age)} ago`;
    const maxAge = LATE_INTERVALS * config.interval * 1000;
    const holder = await lockHolder(paths.pulseLock);
    if (holder === null && age < maxAge) {
      return `none runs, but ticks are run otherwise: ${last}`;
    }
    if (holder === null) return yield warn(`none runs; ${last}`, "looop up");
    const pid = Number.parseInt(holder);
    if (pid > 0 && !(await listProcesses(environment)).has(pid)) {
      // It may run in another container that shares the data directory.
      const found = `its lock is held by pid ${pid}, which is not a process on this machine`;
      return yield fail(found, `fuser -v ${paths.pulseLock}`);
    }
    const running = pid > 0 ? `it runs (pid ${pid})` : "it runs";
    if (age <= maxAge + GRACE_MS) return `${running}; ${last}`;
    yield warn(`${running}, but ${last}`, "looop down && looop up");
  },
};
