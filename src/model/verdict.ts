/** What policy says of a move. */
export interface Verdict {
  /** Make it, ask a human first, or refuse it. */
  then: "allow" | "ask" | "deny";
  /** Name of the policy rule that decided. */
  rule: string;
  /** Why, in one line a person can read. */
  why: string;
}
