/** `claims/<name>.json`: a lease by which a worker owns a task. May be written by hand as well. */
export interface Claim {
  /** The file name without `.json`. */
  name: string;
  /** Id of the worker that holds it. */
  session: string;
  /** ISO 8601 in UTC. */
  since: string;
}
