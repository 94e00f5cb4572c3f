import { isJsonObject } from "../schema/json.ts";
import { cut } from "../schema/text.ts";

/** Tags around a model's reasoning, which precedes its answer. */
const NAME = String
  .raw`(?:\w+[:_-])?(?:think|thinking|thoughts?|reason|reasoning|reflection|analysis|monologue|scratchpad)(?:[_-]\w+)?`;
const OPENING = new RegExp(String.raw`[<\[◁](${NAME})(?:\s[^>\]▷]*)?[>\]▷]`, "iy");
const CLOSING = new RegExp(
  String
    .raw`[<\[◁]\/(${NAME})\s*[>\]▷]|<\|channel\|>final<\|message\|>|<\|(?:end_of_|end_|\/)(?:think|thinking|thoughts?|reasoning)\|>`,
  "gi",
);

/**
 * Finds the one object that is the answer in a model's final text: bare, in a fence or in prose, after a reasoning block or
 * a fence of another language, with trailing commas, comments, and raw line breaks and backslashes in its texts. Objects
 * without `action` are not moves, and what only looks like one counts as well: with two, the answer is ambiguous.
 *
 * @returns the object, or in one line why there is none
 */
export function findObject(text: string): { data: unknown } | string {
  const trimmed = text.trim();
  if (trimmed === "") return "the answer was empty";
  const whole = readJson(trimmed);
  if (whole) return checkObject(whole.data, trimmed);
  for (const part of partsOf(trimmed)) {
    const values = valuesIn(part);
    const moves = values.filter(looksLikeMove);
    if (moves.length > 1) {
      return `the answer has ${moves.length} moves; give exactly one JSON object`;
    }
    // Without any move, the only value is one with a misspelt key, or of another form.
    const [found] = moves.length === 1 ? moves : values.length === 1 ? values : [];
    const json = found === undefined ? null : readJson(found);
    if (json) return checkObject(json.data, found);
  }
  return `the answer is not one JSON object: it begins ${JSON.stringify(cut(trimmed, 80))}`;
}

function checkObject(data: unknown, text: string): { data: unknown } | string {
  if (isJsonObject(data)) return { data };
  const line = text.replaceAll(/\s+/g, " ");
  return `the answer is JSON but not an object: ${cut(line, 80)}`;
}

/** The parts of an answer that may hold the move, the likeliest first. */
function partsOf(text: string): string[] {
  const afterReasoning = [...text.matchAll(CLOSING)].at(-1);
  // Some models only close their reasoning. A text in a move cannot be mistaken for the rest: its quotes are escaped.
  const rest = afterReasoning ? [text.slice(afterReasoning.index + afterReasoning[0].length)] : [];
  const parts = [...rest, text];
  return [...parts.map(withoutForeignFences), ...parts];
}

/** Removes fenced blocks of other languages than JSON. */
function withoutForeignFences(text: string): string {
  const kept: string[] = [];
  /** The marks that opened the block which a line is in. */
  let open = "";
  let foreign = false;
  for (const line of text.split("\n")) {
    const [, marks = "", language = ""] = /^ {0,3}(`{3,}|~{3,})\s*([^`]*?)\s*$/.exec(line) ?? [];
    if (open === "" && marks !== "") {
      open = marks;
      foreign = language !== "" && !/^json/i.test(language);
    } else if (open !== "" && language === "" && marks.startsWith(open)) open = "";
    else if (open === "" || !foreign) kept.push(line);
  }
  // A block that is never closed is not one.
  return open !== "" && foreign ? text : kept.join("\n");
}

/** A list of moves counts as well: none of them is the answer. */
function looksLikeMove(text: string): boolean {
  const json = text.startsWith("{") ? readJson(text) : null;
  return json ? Object.hasOwn(json.data as object, "action") : /["']?action["']?\s*:/.test(text);
}

/** How far after a bracket or a comma the next character is looked for. */
const MAX_SPACE = 200;
/** How many values may lack their end before the rest of a text is not searched: each search reads all of it. */
const MAX_OPEN = 20;

/** The outermost objects and lists of a text, outside of reasoning blocks. */
function valuesIn(text: string): string[] {
  const values: string[] = [];
  let open = 0;
  for (let i = 0; i < text.length && open < MAX_OPEN; i++) {
    if (/^(?:\{\s*(?:["}]|\/[/*])|\[\s*["{[\]\d-])/.test(text.slice(i, i + MAX_SPACE))) {
      const end = endOfValue(text, i);
      if (end < 0) open++;
      else {
        values.push(text.slice(i, end));
        i = end - 1;
      }
    } else if ("<[◁".includes(text[i])) {
      OPENING.lastIndex = i;
      const opening = OPENING.exec(text);
      if (!opening) continue;
      const end = endOfReasoning(text, i + opening[0].length, opening[1]);
      // Reasoning that was cut off has no answer after it.
      if (end < 0) break;
      i = end - 1;
    }
  }
  return values;
}

function endOfReasoning(text: string, from: number, name: string): number {
  const closing = new RegExp(String.raw`[<\[◁]\/${name}\s*[>\]▷]`, "gi");
  closing.lastIndex = from;
  const found = closing.exec(text);
  return found ? found.index + found[0].length : -1;
}

/** The index after the object or list that begins at `start`; -1 if it has no end. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === "\\") i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") {
      depth--;
      if (depth === 0) return i + 1;
    }
  }
  return -1;
}

/** Reads JSON, also with what models add to it; `null` for anything else. */
function readJson(text: string): { data: unknown } | null {
  for (const read of [(text: string) => text, repaired]) {
    try {
      return { data: JSON.parse(read(text)) };
    } catch {
      // Not JSON, or not without a repair.
    }
  }
  return null;
}

/** Removes trailing commas and comments, and escapes line breaks, tabs and lone backslashes in texts. */
function repaired(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  let [depth, quoted] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted && char === "\\") {
      if (ESCAPED.test(text.slice(i + 1, i + 6))) i++;
      else replace(i, 1, "\\\\");
    } else if (char === '"') quoted = !quoted;
    else if (quoted && char in ESCAPES) replace(i, 1, ESCAPES[char]);
    else if (quoted) continue;
    else if (char === "," && isTrailing(text, i)) replace(i, 1, "");
    else if ("{[".includes(char)) depth++;
    else if ("}]".includes(char)) depth--;
    else if (char === "/" && depth > 0) {
      const end = endOfComment(text, i);
      replace(i, end - i, "");
      i = Math.max(i, end - 1);
    }
  }
  return pieces.join("") + text.slice(from);

  function replace(at: number, length: number, by: string) {
    pieces.push(text.slice(from, at), by);
    from = at + length;
  }
}

/** What may follow a backslash in a JSON text. */
const ESCAPED = /^(?:["\\/bfnrt]|u[\da-fA-F]{4})/;

/** The index after the comment that begins at `start`; `start` if there is none. */
function endOfComment(text: string, start: number): number {
  const [end, length] = text[start + 1] === "/"
    ? [text.indexOf("\n", start), 0]
    : text[start + 1] === "*"
    ? [text.indexOf("*/", start + 2), 2]
    : [start, 0];
  return end < 0 ? text.length : end + length;
}

const ESCAPES: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function isTrailing(text: string, comma: number): boolean {
  return /^\s*[}\]]/.test(text.slice(comma + 1, comma + MAX_SPACE));
}
