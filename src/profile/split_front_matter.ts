/** The two parts of a file that begins with front matter. */
export interface FrontMatter {
  /** What stands between the two `---` lines, line ends as `\n`. */
  yaml: string;
  /** What follows. */
  notes: string;
}

const MAX_CHARS = 32_768;

/**
 * Splits a text into its front matter and the rest. A byte order mark and Windows line ends are fine.
 *
 * @returns the parts, or a text that says what is wrong and where
 */
export function splitFrontMatter(text: string): FrontMatter | string {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  if (lines[0].trimEnd() !== "---") {
    return `line 1: found ${quote(lines[0])}, but front matter begins with a line of just ---`;
  }
  const end = lines.findIndex((line, i) => i > 0 && line.trimEnd() === "---");
  if (end === -1) {
    return "line 1: the front matter that begins here has no closing line of just ---";
  }
  const yaml = lines.slice(1, end).join("\n");
  if (yaml.length > MAX_CHARS) {
    return `the front matter has ${yaml.length} characters; at most ${MAX_CHARS}`;
  }
  return { yaml, notes: lines.slice(end + 1).join("\n") };
}

function quote(line: string): string {
  return line === "" ? "an empty line" : JSON.stringify(line.slice(0, 60));
}
