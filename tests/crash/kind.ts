import type { Profile } from "../../src/profile/profile.ts";
import type { Move } from "../../src/schema/move.ts";

/** A kind of tick to be cut off, and what tells afterwards that it took effect exactly once. */
export interface Kind {
  name: string;
  /** What the runner answers as long as the journal does not tell of it. */
  move: Move;
  /** What stands in the one journal line that tells of it. Default: the move's own text. */
  told?: RegExp;
  /** Over the config of all kinds. */
  config?: Record<string, unknown>;
  /** Files that are there before; `{}`: not even a PLAYBOOK, as at the first run. */
  files?: Record<string, string>;
  /** Done once, before the profile is copied for each kill. */
  prepare?(profile: Profile): Promise<void>;
  /** Done to each copy. */
  prepareEach?(profile: Profile): Promise<void>;
  /** Files that it must leave: path in the data dir → text, `null`: none. */
  leaves?: Record<string, string | null>;
  /** How many asks it must leave, open and closed. */
  asks?: { open: number; closed: number };
  /** It appends a line to `../effect`: once, or at most once where it was interrupted. */
  acts?: boolean;
  /** Its decisions fail, until that parks the loop; nothing is told. */
  fails?: boolean;
  /** A worker ends, and is in the ledger once. */
  endsWorker?: boolean;
  /** It may leave this file to be committed with the next move. */
  owes?: string[];
  /** What a person wrote: if git fails, the commit before the next move includes it. */
  edits?: string[];
  /** Says what else is not as it must be. */
  check?(profile: Profile): Promise<string[]>;
}
