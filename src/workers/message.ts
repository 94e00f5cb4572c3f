import type { Ask } from "../schema/ask.ts";

/** What the first message of a continued worker is written from. */
export interface Continuation {
  /** Its agent continues its session; `false`: it begins a new one. */
  continued: boolean;
  /** Path of its prompt. */
  promptFile: string;
  /** Path of its report so far; `null` if it has written none. */
  report: string | null;
  /** Path of what its terminal showed. */
  transcript: string;
  /** Its asks that are not closed: those with an answer it has not received yet. */
  asks: readonly Ask[];
}

/** The first message of a continued worker: what happened, and what was answered meanwhile. */
export function continuationText(
  { continued, promptFile, report, transcript, asks }: Continuation,
): string {
  const opening = continued
    ? "Your session was interrupted and continues now. A command that was running may be half done: " +
      "check the state of your work before you go on."
    : "You take over from a worker whose session was interrupted; its conversation is not recorded. " +
      `Read all of the file ${promptFile}: it describes the task. ` +
      (report === null
        ? "There is no report yet. "
        : `The report so far is ${report}: read it first. `) +
      `What the terminal showed is in ${transcript}. Find out what is done before you go on.`;
  const answered = asks.flatMap(({ question, answer }) =>
    answer ? [`You asked: ${question}\nYour user has answered: ${answer.text}`] : []
  );
  const open = asks.flatMap(({ question, answer }) => answer ? [] : [`- ${question}`]);
  const waiting = open.length === 0
    ? []
    : [`Not answered yet; to wait for the answer, run the same command again:\n${open.join("\n")}`];
  return [opening, ...answered, ...waiting, "Go on with your task."].join("\n\n") + "\n";
}

/** Bytes of a message that is passed as an argument; Linux limits one to 128 KiB. */
const MAX_INLINE = 60_000;

/** The message itself if it is short enough for an argument, otherwise where it is. */
export function asArgument(text: string, file: string): string {
  return new TextEncoder().encode(text).length <= MAX_INLINE
    ? text.trimEnd()
    : `Your session was interrupted and continues now. Read all of the file ${file} before you go on.`;
}
