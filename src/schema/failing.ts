import * as z from "zod/mini";

/** Failed decisions of a runner; a rule's failed move has its {@linkcode Retry} instead. */
export interface Failure {
  /** Hash of the world of the last one. */
  world: string;
  /**
   * How many on this world were invalid answers, or moves that were denied or failed; errors that pass do not count. Three
   * park the loop, or set the change aside.
   */
  count: number;
  /** Some of these were moves, so that the third sets the change aside. */
  moves?: true;
  /** The last reason. */
  why: string;
  /** Time of the last one, ISO 8601 in UTC. */
  at: string;
  /** Time of the first one after the last success, ISO 8601 in UTC; states of older versions lack it. */
  since?: string;
}

/** A rule whose move failed: it is tried again. */
export interface Retry {
  /** SHA-256 of what the rule read, hex. */
  digest: string;
  /** How often it failed in a row. */
  failures: number;
  /** Time of the last attempt, ISO 8601 in UTC. */
  at: string;
  /** Hash of the world of the last attempt. */
  world: string;
  /** Time of the first of these failures, ISO 8601 in UTC. */
  since: string;
  /** The last reason. */
  why: string;
}

/** `<goal>/<rule>` → SHA-256 of what the rule read when it last fired, or its failed attempt. */
export type Fired = Record<string, string | Retry>;

/** Seconds until a rule is tried again, by how often its move failed in a row; after more failures, the last. */
const RETRY_S = [0, 60, 120, 240, 480, 900];
/** So many times a changed world is reason enough: what was in the way may be gone. */
const MAX_EARLY = 3;

/**
 * Reports whether a rule is to be tried again: at the next tick after its first failure, then with growing pauses, the
 * first of which a change of the world ends.
 *
 * @param world hash of the world
 */
export function isRetryDue({ failures, at, ...last }: Retry, now: Date, world: string): boolean {
  const waitMs = 1000 * (RETRY_S[failures - 1] ?? RETRY_S[RETRY_S.length - 1]);
  // A time in the future counts as equally far in the past: the clock was set back.
  if (Math.abs(now.getTime() - Date.parse(at)) >= waitMs) return true;
  return failures <= MAX_EARLY && last.world !== world;
}

/**
 * Returns what has failed for the longest time, and fails still: the decisions of a runner, or the move of a rule.
 *
 * @returns the last reason, and the time of the first failure (ISO 8601 in UTC); `null` if nothing fails
 */
export function failingOf(
  { failure, fired }: { failure: Failure | null; fired: Fired },
): { why: string; since: string } | null {
  const failing = Object.entries(fired).flatMap(([rule, known]) =>
    typeof known === "string" ? [] : { why: `rule ${rule}: ${known.why}`, since: known.since }
  );
  if (failure) failing.push({ why: failure.why, since: failure.since ?? failure.at });
  return failing.sort((a, b) => a.since < b.since ? -1 : 1)[0] ?? null;
}

/** Checks {@linkcode Failure} in a file. */
export const failureSchema: z.ZodMiniType<Failure> = z.strictObject({
  world: z.string(),
  count: z.int(),
  moves: z.optional(z.literal(true)),
  why: z.string(),
  at: z.string(),
  since: z.optional(z.string()),
});

/** Checks {@linkcode Fired} in a file. */
export const firedSchema: z.ZodMiniType<Fired> = z.record(
  z.string(),
  z.union([
    z.string(),
    z.strictObject({
      digest: z.string(),
      failures: z.int(),
      at: z.string(),
      world: z.string(),
      since: z.string(),
      why: z.string(),
    }),
  ]),
);
