/** What differs between the baseline and this world, one entry each, by key. */
export interface Change {
  /** `playbook`, `goal:<id>`, `sensor:<name>`, or `answer:<ask id>`. */
  key: string;
  kind: "added" | "removed" | "changed";
  /** The difference for a reader, one line each, values cut to size. */
  lines: string[];
  /** Strangers could have caused it. */
  untrusted: boolean;
}

/** A world compared with the baseline. */
export interface Comparison {
  /** SHA-256 over the canonical, length-framed world, hex. */
  hash: string;
  /** SHA-256 of each entry's canonical value, hex. */
  digests: Record<string, string>;
  changes: Change[];
  /** Names of sensors whose signal has changed on each of the last ticks. */
  flapping?: string[];
}
