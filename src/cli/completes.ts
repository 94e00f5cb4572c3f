/**
 * What an argument of a command is, for the shell to complete: one of the profile's things by its id, a file, or
 * one of a few words.
 */
export type Completes =
  | "goal"
  | "worker"
  | "question"
  | "approval"
  | "sensor"
  | "catalogue"
  | "revision"
  | "claim"
  | "runner"
  | "help"
  | "file"
  | readonly string[];

/** Says of each positional argument what it is, given those before it; `null`: nothing that anybody could guess. */
export type CompleteWord = (before: readonly string[]) => Completes | null;

/** One kind for each position; none behind the last. */
export function inOrder(...kinds: (Completes | null)[]): CompleteWord {
  return (before) => kinds[before.length] ?? null;
}
