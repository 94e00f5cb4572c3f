/**
 * Finds values that YAML silently reads as something else than was written: text behind ` #`, tags and anchors, and numbers
 * in other notations or with more digits than a number keeps.
 *
 * @param yaml the text; `firstLine`: the number of its first line in its file. Default: 2, after the opening `---`
 * @returns one line each, with the line number and the fix
 */
export function yamlPitfalls(yaml: string, firstLine = 2): string[] {
  const found: string[] = [];
  // Lines that are indented further belong to a block of literal text.
  let block: number | null = null;
  let quote: string | null = null;
  // Brackets and braces that are still open.
  let depth = 0;
  /** The last text without quotes, which goes on in lines that are indented further. */
  let text: { key: string; value: string; indent: number } | null = null;
  const report = (i: number, problem: string | null) => {
    if (problem !== null) found.push(`line ${i + firstLine}: ${problem}`);
  };
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
    block = depth === 0 && /^[|>][-+0-9]*\s*(#.*)?$/.test(value) ? start.length : null;
    const [mark] = value;
    if (mark === "#" && text !== null && indent > text.indent && /^#\S/.test(value)) {
      report(i, commentIn(text.key, text.value, `${text.value} ${value}`));
    }
    if (block !== null || mark === "#" || value === "") continue;
    if ((mark === '"' || mark === "'") && !value.slice(1).includes(mark)) quote = mark;
    const plain = withoutQuoted(value);
    const isFlow = depth > 0 || /^[{[]/.test(plain);
    if (isFlow) { for (const item of flowItems(plain)) report(i, pitfallOf("", item, item)); }
    else report(i, pitfallOf(key.trim(), value, plain));
    if (isFlow) depth += plain.split(/[{[]/).length - plain.split(/[}\]]/).length;
    const isText = !isFlow && !/^["'\0]/.test(plain) && !/\s#/.test(plain);
    text = isText ? { key: key.trim(), value: value.trimEnd(), indent: start.length } : null;
  }
  return found;
}

const QUOTED = /(^|[\s:{[,])("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/g;

function withoutQuoted(value: string): string {
  return value.replace(
    QUOTED,
    (text, before) => before + "\0".repeat(text.length - before.length),
  );
}

/** The keys and values of one line inside braces or brackets. */
function flowItems(plain: string): string[] {
  return plain.replace(/\s#.*$/, "").split(/[{}[\],]|:\s/).map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Octal, hexadecimal and binary numbers, and those with underscores, of which YAML 1.1 makes others. */
const ODD_NUMBER = /^[-+]?(0[0-9_]+|0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*_[0-9_]*)$/;
const NUMBER_OR_FLAG = /^([-+]?[\d.][\d._e+-]*|true|false)$/i;
/** A comment that is none: it is not set off by a space, is empty, or begins with a number as `# 42` does. */
const ODD_COMMENT = /\s#(?:\S|\s*$|\s+\d)/;

function pitfallOf(key: string, value: string, plain: string): string | null {
  const comment = plain.search(ODD_COMMENT);
  const before = value.slice(0, comment).trimEnd();
  const isMeant = NUMBER_OR_FLAG.test(before) && !/\s#\S/.test(plain);
  // In braces or brackets a comment would hide the closing one, which is an error of its own.
  if (comment > 0 && !/^[{["'\0]/.test(plain) && !isMeant) return commentIn(key, before, value);
  const name = key === "" ? "" : `${key} `;
  if (/^[!&]/.test(plain)) {
    const what = plain.startsWith("!") ? "a tag" : "an anchor";
    const [word] = value.split(/\s/);
    return `YAML takes ${word} for ${what} and drops it; quote it: ${name}${quoted(value)}`;
  }
  const number = plain.replace(/\s+#.*$/, "").trimEnd();
  const isLong = /^[-+]?\d+$/.test(number) && !Number.isSafeInteger(Number(number));
  if (isLong) return `YAML rounds ${number} to ${Number(number)}; write fewer digits, or quote it`;
  if (!ODD_NUMBER.test(number)) return null;
  const digits = number.replaceAll("_", "").replace(/^([-+]?)0+(?=\d)/, "$1");
  const decimal = /[xXbB]/.test(number)
    ? ""
    : `; write ${digits}, or quote it: ${name}${quoted(number)}`;
  return `YAML reads ${number} as another number${decimal || `; quote it, or write it in decimal`}`;
}

function commentIn(key: string, before: string, whole: string): string {
  const name = key === "" ? "" : `${key} `;
  return `YAML takes what follows " #" for a comment and reads ${JSON.stringify(before)}; ` +
    `quote it: ${name}${quoted(whole)}, or begin a comment with "# " and a word`;
}

function quoted(value: string): string {
  return JSON.stringify(value.trimEnd());
}

/**
 * Says how to fix YAML that cannot be parsed, if quoting one value would: it begins with a sign that means something in
 * YAML, has a colon in it, or goes on behind a quoted word.
 *
 * @param yaml the text, of which `error`, the parser's message, gives the line; @returns such as `; quote it: goal: "a: b"`
 */
export function quotingHint(yaml: string, error: string): string {
  const at = Number(/ at line (\d+)/.exec(error)?.[1]);
  for (const line of [yaml.split("\n")[at - 1], yaml.split("\n")[at - 2]]) {
    const [, key, value] = /^\s*(?:-\s+)*([\w-]+:)\s+(\S.*)$/.exec(line ?? "") ?? [];
    const isQuoted = /^(["']).*\1\s*(#.*)?$/.test(value ?? "");
    const isSpecial = /^[@`%*&!|>?[\]{},-]|^(["']).*\1|: |:$/.test(value ?? "");
    if (key !== undefined && isSpecial && !isQuoted) {
      return `; quote it: ${key} ${quoted(value)}`;
    }
  }
  return "";
}
