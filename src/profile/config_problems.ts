import { readTextIfPresent } from "../os/read.ts";

/** One thing that is wrong with a config file. */
export interface ConfigProblem {
  /** In one line. */
  found: string;
  /** Line of the file, from 1; `null` if it is in none, or not known. */
  line: number | null;
  /** What to do. */
  fix: string;
}

/**
 * Lists what the message of a `ConfigError` names, each with the line of the file.
 *
 * @param path the config file
 */
export async function configProblems(path: string, message: string): Promise<ConfigProblem[]> {
  const text = await readTextIfPresent(path).catch(() => null) ?? "";
  const [first, ...rest] = message.split("\n");
  const issues = rest.filter((line) => line.startsWith("  ")).map((line) => line.trim());
  if (issues.length === 0) {
    const [, at] = / \(line (\d+)\b/.exec(message) ?? [];
    const line = at ? Number(at) : null;
    return [{ found: first.replace(/^config:? /, ""), line, fix: edit(path, line) }];
  }
  return issues.map((found) => {
    const variable = overridden(found, message);
    if (variable !== null) return { found, line: null, fix: variable };
    const line = lineOf(found, text);
    return { found, line, fix: edit(path, line) };
  });
}

/** The first problem in one line, with its place and the remedy. */
export async function describeConfigProblem(path: string, message: string): Promise<string> {
  const [{ found, line, fix }, ...more] = await configProblems(path, message);
  const place = line === null ? path : `${path}, line ${line}`;
  // The help lists the keys, too.
  const what = found.replace(/; allowed are .*/, "").replace(path, "the config");
  const rest = more.length === 0 ? "" : `, and ${more.length} more (looop doctor)`;
  return `cannot use config ${place}: ${what}${rest}; fix: ${fix}`;
}

/** The remedy if an environment variable overrides the key. */
function overridden(problem: string, message: string): string | null {
  const [, key = ""] = /^`(\w+)`/.exec(problem) ?? [];
  const [, variables = ""] = /\(with (LOOOP_.*) of the environment\)/.exec(message) ?? [];
  const variable = `LOOOP_${key.toUpperCase()}`;
  if (!variables.split(", ").includes(variable)) return null;
  return `export ${variable}=SECONDS, or unset it`;
}

function edit(path: string, line: number | null): string {
  const where = line === null ? path : `line ${line} of ${path}`;
  return `edit ${where}; looop help config lists every key`;
}

/** The line that an issue is about: of its key, or of the name of its rule. */
function lineOf(issue: string, text: string): number | null {
  const [, rule] = /^policy rule (\S+):/.exec(issue) ?? [];
  if (rule !== undefined) {
    const at = text.indexOf(JSON.stringify(rule));
    return at === -1 ? null : lineAt(text, at);
  }
  const [, inside = "", unknown] = /^(?:`([^`]+)`: )?unknown key `([^`]+)`/.exec(issue) ?? [];
  const [, key = ""] = /^`([^`]+)`/.exec(issue) ?? [];
  const path = unknown === undefined ? key : inside === "" ? unknown : `${inside}.${unknown}`;
  return lineOfKey(text, path);
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/**
 * Finds the line of a value in valid JSON.
 *
 * @param path its keys and indexes, with dots in between
 */
function lineOfKey(text: string, path: string): number | null {
  /** What leads to the present place: a key, or an index. */
  const place: (string | number)[] = [];
  let key = "";
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const last = place.length - 1;
    const isIn = typeof place[last];
    if (token === "{") place.push("");
    else if (token === "[") place.push(0);
    else if (token === "}" || token === "]") place.pop();
    else if (token === ",") {
      if (isIn === "number") place[last] = Number(place[last]) + 1;
    } else if (token === ":") place[last] = key;
    else key = JSON.parse(token);
    // A key is known at its colon; a text in a list by itself.
    const isThere = token === ":" || (isIn === "number" && token.startsWith('"'));
    if (isThere && place.join(".") === path) return lineAt(text, index);
  }
  return null;
}

/** The line of a position, from 1. */
function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/**
 * Finds the line at which a text is not JSON any more, where the engine's message has none.
 *
 * @param text one that `JSON.parse` refuses
 */
export function lineOfJsonError(text: string): number {
  // Of a part that ends before the error, the message is another one.
  const isBefore = (length: number) => !/^Unexpected token/.test(problemOf(text.slice(0, length)));
  let [from, to] = [0, text.length];
  if (isBefore(to)) return lineAt(text, text.trimEnd().length);
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (isBefore(middle)) from = middle;
    else to = middle;
  }
  // A token that a line break ends is on the line before.
  return lineAt(text, text[from] === "\n" ? from : from + 1);
}

function problemOf(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return String((error as Error).message);
  }
}
