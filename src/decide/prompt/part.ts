/** A piece of the prompt. */
export interface Part {
  text: string;
  /** It may be left out when the prompt is too long. Absent: it always stays. */
  optional?: {
    /** What it is, for the line that says it was left out. */
    name: string;
    /** Smaller goes first; of equals, the larger text. */
    keep: number;
  };
}
