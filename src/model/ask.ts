import type { Move } from "./move.ts";

/** What a human said to an ask. */
export interface Answer {
  text: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** A question of the loop to its human, or an approval: the request for a yes to one exact move. */
export interface Ask {
  id: string;
  kind: "question" | "approval";
  question: string;
  options?: string[];
  /** A path or address that the question is about. */
  ref?: string;
  /** ISO 8601 in UTC. */
  asked_at: string;
  /** The run that asked. */
  run_id: string;
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
  };
  /** Of an approval `yes` or `no`, in `no`'s case with the reason behind it. */
  answer?: Answer;
  /** The run whose decision saw the answer, or that made the approved move: the ask is closed. */
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
