import { basename, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { isPresent } from "../os/stat.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";

/** Every path of a data directory, relative to it; the README has what each holds. */
const NAMES = {
  playbook: "PLAYBOOK.md",
  goals: "goals",
  goalsArchive: "goals/archive",
  sensors: "sensors",
  schedules: "schedules",
  journal: "journal.md",
  state: "state.json",
  claims: "claims",
  reports: "reports",
  ledger: "cost.jsonl",
  metrics: "metrics.jsonl",
  asks: "asks",
  /** Asks whose answer has been seen: apart from the others, so that a tick reads only those that matter. */
  asksClosed: "asks/closed",
  /** Older parts of the journal and the ledger. */
  archive: "archive",
  snapshots: "snapshots",
  runs: "runs",
  workers: "workers",
  /** Workers whose end has been seen: apart from the others, as with asks. */
  workersEnded: "workers/ended",
  /** Their worktrees of the user's repositories: these stay where they are. */
  worktrees: "workers/trees",
  events: "events.jsonl",
  gitignore: ".gitignore",
  /** What distinguishes this profile from others; committed, so that a clone is the same profile. */
  profileId: ".profile_id",
  /** What is neither committed nor edited by users: locks, intent, secret. */
  own: ".looop",
  intent: ".looop/intent.json",
  /** How often each sensor's signal changed on the last ticks. */
  signals: ".looop/signals.json",
  secret: ".looop/secret",
  moveLock: ".looop/move.lock",
  asksLock: ".looop/asks.lock",
  pulseLock: ".looop/pulse.lock",
  workersLock: ".looop/workers.lock",
  claimsLock: ".looop/claims.lock",
  /** Messages of sandboxed workers that looop has received, but not applied yet. */
  heard: ".looop/heard",
  /** Moves that wait for approval and hold a secret, encrypted. */
  moves: ".looop/moves",
  /** What a user is writing in an editor, and what of it could not be saved. */
  edits: ".looop/edits",
  /** Id of the pulse that runs, or of the last one. */
  pulseRun: ".looop/pulse_run",
  /** What the user has been notified of. */
  surfaced: ".looop/surfaced",
  /** Notifications that are to be delivered. */
  deliveries: ".looop/notify.json",
  notifyLock: ".looop/notify.lock",
  /** The shim by which children start this very looop again. */
  shim: ".looop/bin/looop",
  /** What git could not take, and why. */
  leftOut: ".looop/left_out.json",
  lastTick: ".looop/last_tick.json",
  /** Copy of the last config that could be used. */
  lastConfig: ".looop/config_good.json",
  paused: ".looop/paused",
  /** When the user last resumed the loop. */
  resumed: ".looop/resumed",
};

/** Every path of a data directory, absolute. */
export type Paths = Record<"dataDir" | keyof typeof NAMES, string>;

/** Returns the paths of a data directory. */
export function pathsOf(dataDir: string): Paths {
  const paths: Record<string, string> = { dataDir };
  for (const [key, name] of Object.entries(NAMES)) paths[key] = join(dataDir, name);
  return paths as Paths;
}

/** The directories that every profile has, each after its parent. */
export function dirsOf(paths: Paths): string[] {
  const { dataDir, own, goals, goalsArchive, sensors, schedules } = paths;
  const { asks, asksClosed, claims, reports, snapshots, runs } = paths;
  return [
    ...[dataDir, own, goals, goalsArchive, sensors, schedules],
    ...[asks, asksClosed, claims, reports, snapshots, runs],
  ];
}

/** The ids of the workers that are not archived, in order; some may be without a record. */
export function listWorkerIds(paths: Paths): string[] {
  return listDir(paths.workers)
    .filter(({ name, isDirectory }) => isDirectory && isId(name) && !isReserved(paths, name))
    .map(({ name }) => name);
}

/** Reports whether a directory in `workers/` with this name is not that of a worker. */
export function isReserved({ workersEnded, worktrees }: Paths, name: string): boolean {
  return [workersEnded, worktrees].some((path) => basename(path) === name);
}

/** Lists the workers that have an inbox: those in a sandbox. */
export function listInboxes(paths: Paths): string[] {
  return listWorkerIds(paths).filter((id) => isPresent(join(paths.workers, id, "inbox")));
}

/** Says that no worker with this id is among those that `looop ls` lists: it has ended, or there was none. */
export function unknownWorker(paths: Paths, id: string): UserError {
  return new UserError(
    listDir(paths.workersEnded).some(({ name }) => name.startsWith(`${id}.`))
      ? `worker ${id} has ended: looop ls --all lists it`
      : `there is no worker ${id}: looop ls lists them`,
  );
}

/** Reports whether a goal with this id was archived. */
export function isArchived({ goalsArchive }: Paths, id: string): boolean {
  return isPresent(join(goalsArchive, `${id}.md`));
}

/** Reports whether there are workers, ended ones that are not archived included. */
export function hasWorkers(paths: Paths): boolean {
  return listWorkerIds(paths).length > 0;
}
