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
