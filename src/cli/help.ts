import project from "../../deno.json" with { type: "json" };
import text from "../../seeds/manual.md" with { type: "text" };
import { platform } from "../os/env.ts";
import { UsageError } from "../schema/errors.ts";
import { didYouMean } from "./args.ts";
import type { Command } from "./command.ts";
import { viewOf } from "./output/view.ts";

/** The manual that `looop help` prints. */
export const MANUAL: string = text;

/**
 * The sections of the manual, in its order: the help on a command (`pulse` for `looop` itself) or a topic. The heading is
 * the text after `## `, for a command its usage line; the text has it, too.
 */
export function manualSections(): { name: string; heading: string; text: string }[] {
  return MANUAL.split(/^(?=## )/m).slice(1).map((text) => {
    const heading = text.slice(3, text.indexOf("\n"));
    const [first, second = "pulse"] = heading.split(" ");
    return { name: first === "looop" ? second : first, heading, text: `${text.trimEnd()}\n` };
  });
}

/** `looop help [command|topic]`: prints the manual, or the section of a command or topic. */
export const helpCommand: Command = {
  usage: "looop help [command|topic]",
  completes: ["help"],
  unmasked: true,
  async run({ words: [topic], terminal }) {
    const text = topic === undefined ? MANUAL : sectionOn(topic);
    terminal.out(text.replace(/^#.*$/gm, (await viewOf(terminal)).bold));
  },
};

function sectionOn(topic: string): string {
  const sections = manualSections();
  const found = sections.find(({ name }) => name === (topic === "looop" ? "pulse" : topic));
  if (found) return found.text;
  const names = sections.map(({ name }) => name);
  throw new UsageError(
    `unknown topic ${topic}${didYouMean(topic, names, "looop help ")}\ntopics: ${names.join(", ")}`,
  );
}

/** `looop version`: prints the version and the platform. */
export const versionCommand: Command = {
  usage: "looop version",
  unmasked: true,
  run({ terminal }) {
    terminal.out(`looop ${project.version} (${platform()})\n`);
  },
};
