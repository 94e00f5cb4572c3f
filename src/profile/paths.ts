import { join } from "@std/path";

/** Every path of a data directory, absolute. What each holds is told in the README. */
export interface Paths {
  dataDir: string;
  playbook: string;
  goals: string;
  goalsArchive: string;
  sensors: string;
  journal: string;
  state: string;
  claims: string;
  reports: string;
  ledger: string;
  asks: string;
  /** Asks whose answer has been seen: kept apart so that a tick reads only those that matter. */
  asksClosed: string;
  /** Older parts of the journal and the ledger, put away. */
  archive: string;
  snapshots: string;
  runs: string;
  workers: string;
  /** Workers whose end has been seen: kept apart so that a tick reads only those that matter. */
  workersEnded: string;
  events: string;
  gitignore: string;
  /** What tells this profile from others; committed, so that a clone is the same. */
  profileId: string;
  /** What is neither committed nor a person's business: locks, intent, secret. */
  own: string;
  intent: string;
  /** How often each sensor's signal changed on the last ticks. */
  signals: string;
  secret: string;
  moveLock: string;
  asksLock: string;
  pulseLock: string;
  workersLock: string;
  claimsLock: string;
  /** What workers in a sandbox have said and looop has taken, but not carried out yet. */
  heard: string;
  /** What a person is writing in an editor, and what of it could not be taken. */
  edits: string;
  /** Which run of the pulse is, or was, the last. */
  pulseRun: string;
  /** What has been put before the person by `notify` and windows. */
  surfaced: string;
  /** The shim by which children start this very looop again. */
  shim: string;
  lastTick: string;
  paused: string;
  /** When a person last said that the loop shall go on. */
  resumed: string;
}

/** Names every path of a data directory. */
export function pathsOf(dataDir: string): Paths {
  const at = (...parts: string[]) => join(dataDir, ...parts);
  return {
    dataDir,
    playbook: at("PLAYBOOK.md"),
    goals: at("goals"),
    goalsArchive: at("goals", "archive"),
    sensors: at("sensors"),
    journal: at("journal.md"),
    state: at("state.json"),
    claims: at("claims"),
    reports: at("reports"),
    ledger: at("cost.jsonl"),
    asks: at("asks"),
    asksClosed: at("asks", "closed"),
    archive: at("archive"),
    snapshots: at("snapshots"),
    runs: at("runs"),
    workers: at("workers"),
    workersEnded: at("workers", "ended"),
    events: at("events.jsonl"),
    gitignore: at(".gitignore"),
    profileId: at(".profile_id"),
    own: at(".looop"),
    intent: at(".looop", "intent.json"),
    signals: at(".looop", "signals.json"),
    secret: at(".looop", "secret"),
    moveLock: at(".looop", "move.lock"),
    asksLock: at(".looop", "asks.lock"),
    pulseLock: at(".looop", "pulse.lock"),
    workersLock: at(".looop", "workers.lock"),
    claimsLock: at(".looop", "claims.lock"),
    heard: at(".looop", "heard"),
    edits: at(".looop", "edits"),
    pulseRun: at(".looop", "pulse_run"),
    surfaced: at(".looop", "surfaced"),
    shim: at(".looop", "bin", "looop"),
    lastTick: at(".looop", "last_tick.json"),
    paused: at(".looop", "paused"),
    resumed: at(".looop", "resumed"),
  };
}

/** The directories that every profile has, each after those above it. */
export function dirsOf(paths: Paths): string[] {
  return [
    paths.dataDir,
    paths.own,
    paths.goals,
    paths.goalsArchive,
    paths.sensors,
    paths.asks,
    paths.asksClosed,
    paths.claims,
    paths.reports,
    paths.snapshots,
    paths.runs,
  ];
}
