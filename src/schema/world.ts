import type { Ask } from "./ask.ts";
import type { Claim } from "./claim.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Move } from "./move.ts";
import type { Worker } from "./worker.ts";

/** A text file and the SHA-256 of its bytes, hex. */
export interface TextFile {
  text: string;
  digest: string;
}

/** All that one tick saw; with its goals parsed, unless `GoalFile` says that they are as they were read. */
export interface World<G extends GoalFile = Goal> {
  /** When it was observed, ISO 8601 in UTC. */
  at: string;
  playbook: TextFile;
  /** By priority, then by id; by id alone while they are not parsed. */
  goals: G[];
  /** By name. */
  readings: Reading[];
  /** Those open, and those answered which no decision has seen yet; without approvals that ran out, and holds. */
  asks: Ask[];
  /** Those not archived yet: all that live, and those whose end no decision has seen; by id. */
  workers: Worker[];
  /** By name. */
  claims: Claim[];
}

/** The part of the world that may wake the loop: `playbook`, `goal:<id>`, `sensor:<name>`, `worker:<id>` → value. */
export type Wakes = Record<string, Json>;

/** Picks out of a world what may wake the loop. Answers are events rather than state, and not in it. */
export function wakesOf(world: World<GoalFile>): Wakes {
  const wakes: Wakes = { playbook: world.playbook.text };
  for (const goal of world.goals) wakes[`goal:${goal.id}`] = goal.text;
  for (const reading of world.readings) wakes[`sensor:${reading.name}`] = signalOf(reading);
  for (const worker of world.workers) {
    const news = newsOf(worker);
    if (news) wakes[`worker:${worker.id}`] = news;
  }
  return wakes;
}

/** The keys of what strangers could have written: untrusted readings and goals. */
export function untrustedKeysOf({ readings, goals }: World): Set<string> {
  return new Set([
    ...readings.filter(({ trusted }) => !trusted).map(({ name }) => `sensor:${name}`),
    ...goals.filter(({ untrusted }) => untrusted).map(({ id }) => `goal:${id}`),
  ]);
}

/**
 * What of a worker may wake the loop: its end, and being stuck. That it starts, waits or is answered is a human's
 * business.
 */
export function newsOf({ state, generation, exit_code, verification }: Worker): JsonObject | null {
  if (state === "stuck") return { state, generation };
  if (state !== "done" && state !== "failed" && state !== "lost") return null;
  return { state, generation, exit_code, verified: verification?.passed ?? null };
}

/** What one run of a sensor gave, a failure included. */
export interface Reading {
  /** The sensor's name: its file name without the extension. */
  name: string;
  /** Its file in `sensors/`, such as `git.sh`; empty for a sensor in code, and where the file cannot be a sensor's. */
  file: string;
  /** When the sensor was started, ISO 8601 in UTC. */
  at: string;
  /** `false` where the sensor's header says `trust=untrusted`: strangers can write what it reads. */
  trusted: boolean;
  /** SHA-256 of the script, hex; empty for a sensor in code. */
  script: string;
  /** How long it ran, in milliseconds. */
  ms: number;
  /** How many bytes it printed on stdout, up to the cap. */
  bytes: number;
  /** The JSON object that it printed, or in one stable line why there is none. */
  result: { ok: true; value: JsonObject } | { ok: false; error: string };
}

/**
 * What of a reading may wake the loop: `signal` where the sensor prints one, else the whole object. Any
 * failure is the same signal, so that a broken sensor wakes the loop once, whatever it fails of next.
 */
export function signalOf(reading: Reading): Json {
  if (!reading.result.ok) return { failing: true };
  const { value } = reading.result;
  return Object.hasOwn(value, "signal") ? value.signal : value;
}

/** A goal's own rule: a move that needs no LLM. */
export interface Rule {
  /** What the journal calls it; `rule-1`, `rule-2`, … where the goal does not name it. */
  name: string;
  /** CEL expression over `sensors`, `changed`, `tainted`, `workers`, `goals` and `now`. */
  when: string;
  /** The move that is made when it holds. */
  do: Move;
}

/** One file of `goals/` as it was read: all that telling whether it changed takes. */
export interface GoalFile {
  /** The file name without `.md`. */
  id: string;
  /** The whole file, masked; empty where it could not be read. */
  text: string;
  /** The file as it is, where that differs: for its front matter, whose rules are made as they are written. */
  exact?: string;
  /** SHA-256 of the file, hex; empty where it could not be read. */
  digest: string;
  /** Why it could not be read, or its front matter: its rules do not run. */
  error?: string;
}

/** A goal with its front matter parsed. */
export interface Goal extends GoalFile {
  /** The one-line aim from the front matter; the id where the front matter is broken. */
  goal: string;
  /** Larger comes first. Default 0. */
  priority: number;
  rules: Rule[];
  /** `true` when it was written by a decision that outside text could have shaped. */
  untrusted: boolean;
}

/** What differs between the baseline and this world, one entry each, by key. */
export interface Change {
  /** `playbook`, `goal:<id>`, `sensor:<name>`, or `answer:<ask id>`. */
  key: string;
  kind: "added" | "removed" | "changed";
  /** The difference for a reader, one line each, values cut to size. */
  lines: string[];
  /** Strangers could have caused it. */
  untrusted: boolean;
}

/** A world compared with the baseline. */
export interface Comparison {
  /** SHA-256 over the canonical, length-framed world, hex. */
  hash: string;
  /** SHA-256 of each entry's canonical value, hex. */
  digests: Record<string, string>;
  changes: Change[];
  /** Names of sensors whose signal has changed on each of the last ticks. */
  flapping?: string[];
}

/**
 * A sensor written as a function of the program that uses the library, in place of an executable in
 * `sensors/`. What it returns is held to the same contract: one JSON object, in which `signal` (where there
 * is one) is what may wake the loop; the same cap on its size, and the same deadline (60 s, or
 * `LOOOP_SENSOR_TIMEOUT`), after which its result is no longer waited for, though a function cannot be
 * stopped. What it throws becomes a failed reading. It counts as trusted.
 */
export type CodeSensor = () => JsonObject | Promise<JsonObject>;
