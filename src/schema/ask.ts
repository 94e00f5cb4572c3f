import * as z from "zod/mini";
import type { OverBudget } from "./config.ts";
import { type Move, moveSchema } from "./move.ts";
import { asWritten, idSchema, type Schema, utcTimeSchema } from "./schema.ts";

/** What a human said to an ask. */
export interface Answer {
  /** The words of the human; of an approval `yes` or `no`. */
  text: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** A question of the loop to its human, or an approval: the request for a yes to one exact move. */
export interface Ask {
  /** Its id, as `looop answer` takes it. */
  id: string;
  /** What kind of answer it wants: any text, or a yes to one exact move. */
  kind: "question" | "approval";
  /** The question, for a person to read. */
  question: string;
  /** Answers to choose from; any other is taken, too. */
  options?: string[];
  /** A path or address that the question is about. */
  ref?: string;
  /** ISO 8601 in UTC. */
  asked_at: string;
  /** The run that asked; of a worker's ask, its generation. */
  run_id: string;
  /** Id of the worker that asked and waits for the answer; absent: the loop itself did. */
  worker?: string;
  /** Of an approval: what a yes allows, once. */
  approval?: {
    move: Move;
    /** SHA-256 of the canonical move, hex: the yes holds for this very move alone. */
    move_sha256: string;
    /** Digests of the files that the move replaces, as the decider saw them. */
    digests: Record<string, string | null>;
    /** What will happen, for a person to read: the command, the diff, the script. */
    preview: string;
    /** ISO 8601 in UTC; a yes after that comes too late. */
    expires_at: string;
    /** The profile that it was made in: in another one a yes counts for nothing. */
    profile?: string;
  };
  /** Outside text could have shaped the decision that asks. */
  tainted?: boolean;
  /** It asks whether to lift this budget for this day (of the host's time zone); the decider is not told of it. */
  hold?: Pick<OverBudget, "budget"> & { day: string };
  /** Of an approval `yes` or `no`, in `no`'s case with the reason behind it. */
  answer?: Answer;
  /**
   * The ask is closed: the run whose decision saw the answer, or that made the approved move. Of a worker's ask
   * `delivered`, or `orphaned`: the worker ended first. Of one about a hold how it was settled: `lifted`, `kept`,
   * `released` or `over`. `set_up`: looop init has made the question idle.
   */
  closed_by?: string;
}

/** Tells whether an answer to an approval says yes. */
export function isYes(answer: Answer): boolean {
  return /^(y|yes|approve|approved)$/i.test(answer.text.trim());
}

/**
 * Tells whether an approval ran out without an answer.
 *
 * @param now ISO 8601 in UTC
 */
export function isExpired({ approval, answer }: Ask, now: string): boolean {
  return approval !== undefined && !answer && approval.expires_at <= now;
}

/**
 * Checks one file of `asks/`.
 *
 * @example
 * ```ts
 * import { askSchema } from "@looop/cli";
 *
 * const ask = askSchema.parse({
 *   id: "a1b2c3",
 *   kind: "question",
 *   question: "Tea or coffee?",
 *   asked_at: "2026-11-23T09:30:00.000Z",
 *   run_id: "20261123t093000-1a2b3c4d",
 * });
 * console.log(ask.answer); // undefined: it is open
 * ```
 */
export const askSchema: Schema<Ask> = z.strictObject({
  id: idSchema,
  kind: z.enum(["question", "approval"]),
  question: z.string(),
  options: z.optional(z.array(z.string())),
  ref: z.optional(z.string()),
  asked_at: z.string(),
  run_id: z.string(),
  worker: z.optional(idSchema),
  approval: z.optional(z.strictObject({
    move: asWritten(moveSchema),
    move_sha256: z.string(),
    digests: z.record(z.string(), z.nullable(z.string())),
    preview: z.string(),
    expires_at: utcTimeSchema,
    profile: z.optional(z.string()),
  })),
  tainted: z.optional(z.boolean()),
  hold: z.optional(z.strictObject({
    budget: z.enum(["decides_per_hour", "usd_per_day", "unknown_cost"]),
    day: z.string(),
  })),
  answer: z.optional(z.strictObject({ text: z.string(), at: utcTimeSchema })),
  closed_by: z.optional(z.string()),
}).check(
  // Otherwise the answer to a question could approve a move.
  z.refine(({ kind, approval }) => (kind === "approval") === (approval !== undefined), {
    error: "must be `approval` if there is an `approval`, otherwise `question`",
    path: ["kind"],
  }),
);

/** One thing that needs a human. */
export interface AttentionItem {
  /** Tells it from all others, also from later ones of the same worker: `ask:1a2b3c`, `flag:fix-ci:…`. */
  key: string;
  /** `pulse`: none is running; `parked`: nothing is decided although something changed. */
  kind: "question" | "approval" | "flag" | "pulse" | "parked";
  /** The question, the flag's note, or the reason. */
  text: string;
  /** Id of the ask. */
  ask?: string;
  /** Id of the worker that waits; absent: the loop itself does. */
  worker?: string;
  options?: string[];
  /** ISO 8601 in UTC; absent where nobody knows. */
  at?: string;
}
