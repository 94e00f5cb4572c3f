import { join } from "@std/path";
import type { Terminal } from "../host/terminal.ts";
import { readBytes } from "../host/read_bytes.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { parseGoal } from "../profile/parse_goal.ts";
import type { Profile } from "../profile/profile.ts";

/** Tells whether a goal bears the mark that outside text could have shaped it. */
export function wasMarked({ paths }: Profile, id: string): boolean {
  const path = join(paths.goals, `${id}.md`);
  if (whatIsAt(path) !== "file") return false;
  return isMarked(id, new TextDecoder().decode(readBytes(path)));
}

/** Says what became of a goal's mark: a person who removes it trusts all of the goal, also what they did not write. */
export function tellOfMark(
  terminal: Terminal,
  { id, marked, text }: { id: string; marked: boolean; text: string },
): void {
  const still = isMarked(id, text);
  if (still) {
    terminal.out(
      `it is marked untrusted, so its rules ask you first: remove that line once you trust all of it\n`,
    );
  } else if (marked) {
    terminal.out(
      "it was marked untrusted; your text is not, so its rules are trusted from now on\n",
    );
  }
}

function isMarked(id: string, text: string): boolean {
  const { untrusted, error } = parseGoal(id, text, "");
  return untrusted && error === undefined;
}
