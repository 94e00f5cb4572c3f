import project from "../../deno.json" with { type: "json" };
import text from "../../seeds/manual.md" with { type: "text" };
import { platform } from "../os/self.ts";
import { UsageError } from "../schema/errors.ts";
import { nearest } from "../schema/text.ts";
import { type Command, inOrder, OK } from "./command.ts";
import { type View, viewOf } from "./output/view.ts";

/** The manual, as `looop help` prints it. */
export const MANUAL: string = text;

/** A part of the manual: the help on a command or a topic. */
export interface Section {
  /** The command (`pulse` for `looop` itself) or topic. */
  name: string;
  /** What stands behind `## `: of a command, how it is typed. */
  heading: string;
  /** Heading included. */
  text: string;
}

/** The sections of the manual, in its order. */
export function manualSections(manual: string = MANUAL): Section[] {
  return manual.split(/^(?=## )/m).slice(1).map((text) => {
    const heading = text.slice(3, text.indexOf("\n"));
    const [first, second = "pulse"] = heading.split(" ");
    return { name: first === "looop" ? second : first, heading, text: `${text.trimEnd()}\n` };
  });
}

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

/** `looop version`: says which looop this is, and what it runs on. */
export const versionCommand: Command = {
  usage: "looop version",
  switches: [],
  words: { least: 0, most: 0 },
  ownWords: true,
  run({ terminal }) {
    terminal.out(`looop ${project.version} (${platform()})\n`);
    return OK;
  },
};
