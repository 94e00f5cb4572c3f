import type { core, ZodMiniType } from "zod/mini";
import { nearest } from "./nearest.ts";
import type { Schema } from "./schema.ts";

/**
 * Describes what a schema refuses in data: one line for each issue, indented by two spaces, with the key and the
 * expected value. The result is empty for data that the schema accepts.
 *
 * @param within where the data is inside its file, for data that is only a part of it
 *
 * @example
 * ```ts
 * import { describeIssues, moveSchema } from "@looop/cli";
 *
 * const move = { action: "run", journal: "ran the tests" };
 * console.log(describeIssues(moveSchema, move)); // "  `run` needs `command` (text)"
 * ```
 */
export function describeIssues(
  schema: Schema<unknown>,
  data: unknown,
  within: PropertyKey[] = [],
): string {
  const parsed = (schema as ZodMiniType).safeParse(data, { error: describeUnknownKeys });
  if (parsed.success) return "";
  return parsed.error.issues.map((issue) => `  ${describeIssue(issue, data, within)}`).join("\n");
}

function describeIssue(issue: core.$ZodIssue, data: unknown, within: PropertyKey[]): string {
  const { code, path, message } = issue;
  const place = [...within, ...path];
  if (code === "unrecognized_keys") return `${inside(place)}${message}`;
  const subject = place.length === 0 ? "" : `${quote(place.map(String).join("."))} `;
  const value = valueAt(data, path);
  const expectation = expectationOf(issue);
  if (value !== undefined || path.length === 0) {
    return `${subject}${expectation}; found ${show(value)}`;
  }
  if (code === "custom") return `${subject}${expectation}`;
  const expected = expectation.replace(/^must be (an? )?/, "");
  const parent = valueAt(data, path.slice(0, -1)) as { action?: unknown };
  return typeof parent?.action === "string"
    ? `${inside(place.slice(0, -1))}${quote(parent.action)} needs ${
      quote(String(path.at(-1)))
    } (${expected})`
    : `${subject}is missing (${expected})`;
}

function inside(place: PropertyKey[]): string {
  return place.length === 0 ? "" : `${quote(place.map(String).join("."))}: `;
}

const TYPES: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** What a value must be; a schema's own message where it has one. */
function expectationOf(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values)}`;
    case "invalid_union":
      return `must be ${oneOf("options" in issue ? issue.options ?? [] : [])}`;
    case "too_small":
      if (issue.origin === "string" || issue.origin === "array") return "must not be empty";
      return `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big": {
      const units: Record<string, string> = { string: "characters", array: "items" };
      const unit = units[issue.origin];
      return unit
        ? `must have at most ${issue.maximum} ${unit}`
        : `must be at most ${issue.maximum}`;
    }
    default:
      return issue.message;
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? show(values[0]) : `one of ${values.map(String).join(", ")}`;
}

/** Names the unknown keys of an object, what each was likely meant to be, and every key that its schema allows. */
function describeUnknownKeys(issue: core.$ZodRawIssue): string | undefined {
  if (issue.code !== "unrecognized_keys") return undefined;
  const { shape } = (issue.inst as core.$ZodObject)._zod.def;
  const allowed = Object.keys(shape);
  const unknown = issue.keys.map((key) => {
    const meant = nearest(key.slice(0, MAX_SHOWN), allowed);
    return meant === null ? quote(key) : `${quote(key)} (did you mean ${quote(meant)}?)`;
  });
  return `unknown key ${unknown.join(", ")}; allowed are ${allowed.join(", ")}`;
}

const MAX_SHOWN = 80;

/** A name in backticks, or as a JSON string where it could be mistaken for other text. */
function quote(name: string): string {
  return /^[\w.$@/-]+$/.test(name) && name.length <= MAX_SHOWN ? `\`${name}\`` : show(name);
}

function valueAt(data: unknown, path: PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = toText(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 3)}...` : text;
}

/** Data from code may hold what JSON cannot. */
function toText(value: unknown): string {
  try {
    // JSON.stringify writes Infinity as null.
    return typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "object" ? "an object that JSON cannot hold" : String(value);
  }
}
