import project from "../../deno.json" with { type: "json" };
import more from "../../seeds/help.md" with { type: "text" };
import text from "../../seeds/manual.md" with { type: "text" };
import { platform } from "../os/env.ts";
import { UsageError } from "../schema/errors.ts";
import { didYouMean } from "./args.ts";
import type { Command } from "./command.ts";
import { foldText } from "./output/text.ts";
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

/** What the help on a command has below its section: the options that the section does not list, and examples. */
export function helpBelow(command: string): { options: string[]; examples: string[] } {
  const text = more.split(/^## /m).find((part) => part.startsWith(`${command}\n`)) ?? "";
  const lines = text.split("\n").filter((line) => line.startsWith("    "));
  return {
    options: lines.filter((line) => line.startsWith("    --")),
    examples: lines.filter((line) => !line.startsWith("    --")),
  };
}

/** `looop help [command|topic]`: prints an overview, the manual, or the section of a command or topic. */
export const helpCommand: Command = {
  usage: "looop help [command|topic]",
  completes: ["help"],
  unmasked: true,
  async run({ words: [topic], terminal }) {
    const overview = MANUAL.slice(0, MANUAL.search(/^## /m)).trimEnd();
    const text = topic === undefined
      ? `${overview}\n`
      : topic === "all"
      ? MANUAL
      : sectionOn(topic);
    const { bold, columns } = await viewOf(terminal);
    terminal.out(
      narrowed(text, columns).replace(/^#.*$|^(Usage|Options|Examples):$/gm, bold),
    );
  },
};

/** Columns that the manual is written for. */
const MANUAL_WIDTH = 80;

/** Breaks the manual anew for a narrow terminal: paragraphs and tables, but not what is copied. */
function narrowed(text: string, columns: number | null): string {
  if (columns === null || columns >= MANUAL_WIDTH) return text;
  const hasGap = (line: string) => /\S {2,}\S/.test(line);
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const last = lines.at(-1) ?? "";
    const continues = /^(- )?[^\s#]/.test(last) && !hasGap(last) && !last.endsWith(":") &&
      /^( {2})?[^\s#-]/.test(line) && !hasGap(line);
    if (continues) lines[lines.length - 1] += ` ${line.trim()}`;
    else lines.push(line);
  }
  const isCode = (line: string) => /^ {4}/.test(line) && (!hasGap(line) || line.includes("  # "));
  return lines.map((line) => isCode(line) ? line : foldText(line, columns)).join("\n");
}

function sectionOn(topic: string): string {
  const sections = manualSections();
  const found = sections.find(({ name }) => name === (topic === "looop" ? "pulse" : topic));
  if (!found) {
    const names = sections.map(({ name }) => name);
    throw new UsageError(
      `unknown topic ${topic}${didYouMean(topic, names, "looop help ")}\n` +
        `topics: ${names.join(", ")}, all`,
    );
  }
  const { options, examples } = helpBelow(found.name);
  // A topic such as `goals`.
  if (examples.length === 0) return found.text;
  const usage = `Usage:\n    ${found.heading}\n`;
  const text = found.text.slice(found.text.indexOf("\n") + 1);
  const list = (title: string, lines: string[]) =>
    lines.length === 0 ? "" : `\n${title}:\n${lines.join("\n")}\n`;
  return `${usage}${text}${list("Options", options)}${list("Examples", examples)}`;
}

/** `looop version`: prints the version and the platform. */
export const versionCommand: Command = {
  usage: "looop version",
  unmasked: true,
  run({ terminal }) {
    terminal.out(`looop ${project.version} (${platform()})\n`);
  },
};
