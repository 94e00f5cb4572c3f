import { UsageError } from "../model/user_error.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { MANUAL, manualSections } from "./manual.ts";
import { nearest } from "../model/nearest.ts";
import { type View, viewOf } from "./view.ts";

/** `looop help [command|topic]`: prints the manual, or the section of a command or topic. */
export const helpCommand: Command = {
  usage: "looop help [command|topic]",
  switches: [],
  completes: inOrder("help"),
  words: { least: 0, most: 1 },
  ownWords: true,
  async run({ words: [topic], terminal }) {
    const text = topic === undefined ? MANUAL : sectionOn(topic);
    terminal.out(paintHeadings(text, await viewOf(terminal)));
    return OK;
  },
};

function sectionOn(topic: string): string {
  const sections = manualSections();
  const found = sections.find(({ name }) => name === (topic === "looop" ? "pulse" : topic));
  if (found) return found.text;
  const names = sections.map(({ name }) => name);
  const meant = nearest(topic, names);
  const guess = meant === null ? "" : `; did you mean looop help ${meant}?`;
  throw new UsageError(`there is no help on ${topic}${guess}\nthere is: ${names.join(", ")}`);
}

function paintHeadings(text: string, { bold }: View): string {
  return text.replace(/^#.*$/gm, bold);
}
