/**
 * Finds values of front matter that YAML silently reads as something else than was written: text behind ` #`, tags and
 * anchors, and numbers in other notations.
 *
 * @param yaml the text between the `---` lines, of which the opening one is line 1
 * @returns one line each, with the line number and the fix
 */
export function yamlPitfalls(yaml: string): string[] {
  const found: string[] = [];
  // Lines that are indented further belong to a block of literal text.
  let block: number | null = null;
  let quote: string | null = null;
  for (const [i, line] of yaml.split("\n").entries()) {
    const indent = line.search(/\S/);
    if (indent === -1) continue;
    if (quote !== null) {
      if (line.includes(quote)) quote = null;
      continue;
    }
    if (block !== null && indent > block) continue;
    const [, start, key = "", value] =
      /^(\s*(?:-\s+)*)((?:[\w-]+|"[^"]*"|'[^']*')\s*:(?:\s+|$))?(.*)$/.exec(line) ?? [];
    block = /^[|>][-+0-9]*\s*(#.*)?$/.test(value) ? start.length : null;
    const [mark] = value;
    if (block !== null || mark === "#" || value === "") continue;
    if ((mark === '"' || mark === "'") && !value.slice(1).includes(mark)) quote = mark;
    const problem = pitfallOf(key.trim(), value);
    if (problem !== null) found.push(`line ${i + 2}: ${problem}`);
  }
  return found;
}

const QUOTED = /(^|[\s:{[,])("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/g;
/** Octal, hexadecimal and binary numbers, and those with underscores, of which YAML 1.1 makes others. */
const ODD_NUMBER = /^[-+]?(0[0-9_]+|0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*_[0-9_]*)$/;

function pitfallOf(key: string, value: string): string | null {
  const plain = value.replace(
    QUOTED,
    (text, before) => before + "\0".repeat(text.length - before.length),
  );
  const comment = plain.search(/\s#\S/);
  const name = key === "" ? "" : `${key} `;
  // In braces or brackets a comment would hide the closing one, which is an error of its own.
  if (comment > 0 && !/^[{["'\0]/.test(plain)) {
    const read = JSON.stringify(value.slice(0, comment).trimEnd());
    return `YAML takes what follows " #" for a comment and reads ${read}; ` +
      `quote it: ${name}${quoted(value)}, or begin a comment with "# "`;
  }
  if (/^[!&]/.test(plain)) {
    const what = plain.startsWith("!") ? "a tag" : "an anchor";
    const [word] = value.split(/\s/);
    return `YAML takes ${word} for ${what} and drops it; quote it: ${name}${quoted(value)}`;
  }
  const number = plain.replace(/\s+#.*$/, "").trimEnd();
  if (!ODD_NUMBER.test(number)) return null;
  const digits = number.replaceAll("_", "").replace(/^([-+]?)0+(?=\d)/, "$1");
  const decimal = /[xXbB]/.test(number)
    ? ""
    : `; write ${digits}, or quote it: ${name}${quoted(number)}`;
  return `YAML reads ${number} as another number${decimal || `; quote it, or write it in decimal`}`;
}

function quoted(value: string): string {
  return JSON.stringify(value.trimEnd());
}
