import type { Ask } from "./ask.ts";
import type { Claim } from "./claim.ts";
import type { Goal, GoalFile } from "./goal.ts";
import type { Json, JsonObject } from "./json.ts";
import { type Reading, signalOf } from "./reading.ts";
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
