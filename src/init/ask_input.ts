import type { Prompter } from "../host/prompter.ts";
import type { Given } from "./answers.ts";
import type { Today } from "./find_today.ts";

/** What the questions need. */
export interface AskInput {
  prompter: Prompter;
  /** Tells the person something between the questions, in one line. */
  tell(line: string): void;
  /** Answers that were given already. */
  given: Given;
  today: Today;
}
