import type { Ask } from "./ask.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Move } from "./move.ts";
import type { DueSlot, ScheduleFile } from "./schedule.ts";
import type { Worker } from "./worker.ts";

/** A text file and the SHA-256 of its bytes, hex. */
export interface TextFile {
  text: string;
  digest: string;
}

/** What one tick observed. Its goals are parsed, unless they are `GoalFile`s. */
export interface World<G extends GoalFile = Goal> {
  /** When it was observed, ISO 8601 in UTC. */
  at: string;
  playbook: TextFile;
  /** By priority, then by id; only by id if they are not parsed. */
  goals: G[];
  /** By name. */
  readings: Reading[];
  /** Open asks, and answered asks that no decision has seen; without expired approvals and asks about a budget. */
  asks: Ask[];
  /** Living workers, and ended workers that no decision has seen; by id. */
  workers: Worker[];
  /** By name; none until a decision is due. */
  claims: Claim[];
  /** By name. */
  schedules: ScheduleFile[];
  /** What time has brought about: `due:<goal>`, `stalled:<goal>`, `waiting:<goal>` → the time. Absent: nothing. */
  news?: Record<string, string>;
}

/** `claims/<name>.json`: the lease by which a worker owns a task. Users may write it by hand. */
export interface Claim {
  /** The file name without `.json`. */
  name: string;
  /** Id of the worker that owns the task. */
  session: string;
  /** ISO 8601 in UTC. */
  since: string;
}

/**
 * The part of the world that may wake the loop: `playbook`, `goal:<id>`, `sensor:<name>`, `worker:<id>`, and the keys of
 * {@linkcode World.news} → value.
 */
export type Wakes = Record<string, Json>;

/**
 * Returns what of a world may wake the loop. Answers are not included: they are events, not state.
 *
 * @param options `exact`: the values of sensors unmasked, for what rules compare. Default: masked
 */
export function wakesOf(world: World<GoalFile>, { exact = false } = {}): Wakes {
  const wakes: Wakes = { playbook: world.playbook.text, ...world.news };
  for (const goal of world.goals) wakes[`goal:${goal.id}`] = goal.text;
  for (const reading of world.readings) {
    wakes[`sensor:${reading.name}`] = signalOf(reading, { exact });
  }
  for (const worker of world.workers) {
    const news = newsOf(worker);
    if (news) wakes[`worker:${worker.id}`] = news;
  }
  return wakes;
}

/** The kinds of keys of {@linkcode World.news}. Its end is no news: it follows from something else that wakes the loop. */
export const NEWS = ["due", "stalled", "waiting"] as const;

/** Reports whether a key is one of {@linkcode World.news}. */
export function isNews(key: string): boolean {
  return NEWS.some((kind) => key.startsWith(`${kind}:`));
}

/** Reports whether an expression reads one of the keys; `reads` in the form of `Expression.reads`. */
export function readsAny(reads: readonly string[], keys: ReadonlySet<string>): boolean {
  return reads.some((read) =>
    keys.has(read) ||
    (read.endsWith(":*") && [...keys].some((key) => key.startsWith(read.slice(0, -1))))
  );
}

/**
 * Returns the slots that are due, the earliest first. Like answers they are events, not state: each is a change until a
 * move has handled it, and no part of the baseline.
 */
export function dueSlots({ schedules }: Pick<World, "schedules">): DueSlot[] {
  return schedules.flatMap(({ due }) => due ?? []).sort((a, b) => a.slot < b.slot ? -1 : 1);
}

/** Returns the keys of untrusted readings, goals and due schedules. */
export function untrustedKeysOf(world: World): Set<string> {
  const { readings, goals } = world;
  return new Set([
    ...dueSlots(world).filter(({ untrusted }) => untrusted).map(({ name }) => `schedule:${name}`),
    ...readings.filter(({ trusted }) => !trusted).map(({ name }) => `sensor:${name}`),
    ...goals.filter(({ untrusted }) => untrusted).map(({ id }) => `goal:${id}`),
  ]);
}

/** Returns what of a worker may wake the loop: its end, and being stuck or limited. Starting and waiting concern only the user. */
export function newsOf(
  { state, alive, generation, exit_code, verification }: Worker,
): JsonObject | null {
  if (state === "stuck" || state === "limited") return { state, generation };
  if (alive) return null;
  return { state, generation, exit_code, verified: verification?.passed ?? null };
}

/** The result of one run of a sensor, also of a failed one. */
export interface Reading {
  /** The sensor's name: its file name without the extension. */
  name: string;
  /** Its file in `sensors/`, such as `git.sh`; empty for a sensor in code, and if the file is not a valid sensor. */
  file: string;
  /** When the sensor started, ISO 8601 in UTC. */
  at: string;
  /** `false` if the sensor's header has `trust=untrusted`: its output is untrusted input. */
  trusted: boolean;
  /** SHA-256 of the script, hex; empty for a sensor in code. */
  script: string;
  /** Its duration in milliseconds. */
  ms: number;
  /** Bytes of its stdout, up to the cap. */
  bytes: number;
  /** The JSON object that it printed, or the error in one stable line; masked. */
  result: { ok: true; value: JsonObject } | { ok: false; error: string };
  /** The unmasked object, if it differs: rules compare what the sensor printed. In no file but encrypted. */
  exact?: JsonObject;
  /**
   * Of a failed run within the grace of its sensor: what the last successful run printed, which still counts, and how many
   * runs have failed since.
   */
  last?: { value: JsonObject; failures: number };
}

/**
 * Returns what of a reading may wake the loop: `signal` if the sensor prints one, else the whole object. All failures are
 * the same signal, so that a broken sensor wakes the loop once; within the grace of the sensor they are not seen.
 *
 * @param options `exact`: unmasked. Default: masked
 */
export function signalOf({ result, last, ...reading }: Reading, { exact = false } = {}): Json {
  const masked = result.ok ? result.value : last?.value;
  if (masked === undefined) return { failing: true };
  const value = exact ? reading.exact ?? masked : masked;
  return Object.hasOwn(value, "signal") ? value.signal : value;
}

/** A rule of a goal: a move without an LLM. */
export interface Rule {
  /** Its name in the journal; `rule-1`, `rule-2`, … if it has none. */
  name: string;
  /** CEL expression over `sensors`, `schedules`, `changed`, `tainted`, `workers`, `goals` and `now`. */
  when: string;
  /** The move to apply if it matches. */
  do: Move;
  /** It is the goal's `done`: it fires once that has held on two ticks. */
  ends?: true;
}

/** One file of `goals/`, with what is needed to detect a change. */
export interface GoalFile {
  /** The file name without `.md`. */
  id: string;
  /** The whole file, masked; empty if it could not be read. */
  text: string;
  /** The unmasked file, if it differs: rules apply as written. */
  exact?: string;
  /** SHA-256 of the file, hex; empty if it could not be read. */
  digest: string;
  /** Why the file or its front matter is invalid; its rules then do not run. */
  error?: string;
}

/** A goal with its front matter parsed. */
export interface Goal extends GoalFile {
  /** The one-line aim from the front matter; the id if the front matter is invalid. */
  goal: string;
  /** Higher values come first. Default 0. */
  priority: number;
  /** Its `done` is the first of them. */
  rules: Rule[];
  /** `true` if a tainted decision wrote it. */
  untrusted: boolean;
  /** Its metric: a CEL expression that returns a number, and the values where its way begins and ends. */
  metric?: { value: string; from?: number; to?: number };
  /** When it is due, ISO 8601 in UTC. */
  due?: string;
  /** Milliseconds without progress after which it has stalled. */
  stall_ms?: number;
  /** The most US dollars that it may cost. */
  budget_usd?: number;
}

/** One difference between the baseline and this world. */
export interface Change {
  /** `playbook`, `goal:<id>`, `sensor:<name>`, `schedule:<name>`, `answer:<ask id>`, or a key of {@linkcode World.news}. */
  key: string;
  kind: "added" | "removed" | "changed";
  /** The difference as text, with truncated values. */
  lines: string[];
  /** Whether untrusted input could have caused it. */
  untrusted: boolean;
}

/** A world compared with the baseline. */
export interface Comparison {
  /** SHA-256 over the canonical, length-framed world, hex. */
  hash: string;
  /** SHA-256 of each entry's canonical value, hex. */
  digests: Record<string, string>;
  changes: Change[];
  /** Names of sensors whose signal changed on each of the last ticks. */
  flapping?: string[];
}

/**
 * A sensor as a function of the program that uses the library, instead of an executable in `sensors/`. The same contract
 * applies: it returns one JSON object, of which `signal` (if present) may wake the loop; the same size limit and
 * deadline apply (60 s, or `LOOOP_SENSOR_TIMEOUT`), although a function cannot be stopped. What it throws becomes a
 * failed reading. It counts as trusted.
 */
export type CodeSensor = () => JsonObject | Promise<JsonObject>;
