import type { Answers } from "./answers.ts";

/** Answers that the PLAYBOOK stores. */
export type PlaybookLines = Pick<Answers, "may" | "ask" | "never">;

const HEADING = "## What looop may do";

/** The parts of that section, each with the line above it. */
const PARTS: readonly (readonly [key: keyof PlaybookLines, under: string])[] = [
  ["may", "By itself:"],
  ["ask", "Only after approval:"],
  ["never", "Never:"],
];

/** Reads the section of a PLAYBOOK that {@linkcode addPlaybookLines} writes. */
export function readPlaybookLines(playbook: string): PlaybookLines {
  const lines = playbook.split("\n");
  const [from, to] = sectionIn(lines);
  const found: PlaybookLines = { may: [], ask: [], never: [] };
  let part: keyof PlaybookLines | null = null;
  for (const line of lines.slice(from, to)) {
    part = PARTS.find(([, under]) => isAbove(line, under))?.[0] ?? part;
    const item = /^[-*] +(.*\S)\s*$/.exec(line)?.[1];
    if (part !== null && item !== undefined) found[part].push(item);
  }
  return found;
}

/** Adds lines to a PLAYBOOK, except those that it has. The rest stays unchanged. */
export function addPlaybookLines(playbook: string, wanted: PlaybookLines): string {
  let lines = playbook.split("\n");
  const there = readPlaybookLines(playbook);
  for (const [key, under] of PARTS) {
    const more = [...new Set(wanted[key])].filter((line) => !there[key].includes(line));
    if (more.length > 0) lines = insert(lines, under, more.map((line) => `- ${line}`));
  }
  return lines.join("\n");
}

/** Inserts after the last line of the part; a new part or section goes to the end. */
function insert(lines: string[], under: string, more: string[]): string[] {
  const [from, to] = sectionIn(lines);
  if (from === lines.length) {
    const text = lines.join("\n").trimEnd();
    const before = text === "" ? [] : [...text.split("\n"), ""];
    return [...before, HEADING, "", under, "", ...more, ""];
  }
  const isPart = (line: string) => PARTS.some(([, other]) => isAbove(line, other));
  const at = lines.findIndex((line, i) => i >= from && i < to && isAbove(line, under));
  const next = at === -1 ? -1 : lines.findIndex((line, i) => i > at && i < to && isPart(line));
  let end = next === -1 ? to : next;
  while (lines[end - 1].trim() === "") end--;
  const added = at === -1 ? ["", under, "", ...more] : end === at + 1 ? ["", ...more] : more;
  return lines.toSpliced(end, 0, ...added);
}

/** Reports whether a line is the one above a part; earlier releases wrote "a yes" for "approval". */
function isAbove(line: string, under: string): boolean {
  return line.trim().replace(/ a yes:$/, " approval:") === under;
}

/** The range of the section: from its heading to the next one; after the last line if there is none. */
function sectionIn(lines: string[]): [from: number, to: number] {
  const from = lines.findIndex((line) => line.trim() === HEADING);
  if (from === -1) return [lines.length, lines.length];
  const next = lines.findIndex((line, i) => i > from && /^#{1,2} /.test(line));
  return [from, next === -1 ? lines.length : next];
}
