/** `workers/<id>/exit.json`: how a worker ended. While one is being killed, `killing.json` says what it will be. */
export interface WorkerEnd {
  /** 128 + n when ended by signal n; `null`: nobody knows, the worker is `lost`. */
  exit_code: number | null;
  /** ISO 8601 in UTC. */
  at: string;
  /**
   * - `exited`: its command ended
   * - `killed`: by `looop kill` or a move
   * - `ended_itself`: by `looop kill` from inside, which is how a worker says that it is done
   * - `lost`: it was gone without a word
   */
  how: "exited" | "killed" | "ended_itself" | "lost";
  /** Why looop itself stopped it, in one line; absent: it did not. */
  why?: string;
}
