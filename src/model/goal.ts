import type { Move } from "./move.ts";

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
