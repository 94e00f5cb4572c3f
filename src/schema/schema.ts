import * as z from "zod/mini";
import type { core, ZodMiniType } from "zod/mini";
import { type Json, jsonProblem } from "./json.ts";
import { nearest } from "./text.ts";

/** The pattern of ids of goals, sensors, workers and claims. No dots, because tmux replaces them. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** What {@linkcode ID_PATTERN} demands, in a message's words. */
export const ID_RULE = "use a-z, 0-9, - and _; begin with a letter or digit; at most 64 characters";

/** One problem of the data. */
export interface SchemaIssue {
  /** Keys and indexes that lead to the value, outermost first. */
  path: PropertyKey[];
  /** zod's message, for most issues just "Invalid input": `describeIssues` describes all of them. */
  message: string;
}

/**
 * A schema of `zod/mini`. The type names only what most callers use of it, so that the API of looop does not change
 * with each release of zod; cast a schema to `ZodMiniType` to build others from it.
 *
 * @example
 * ```ts
 * import { moveSchema } from "@looop/cli";
 *
 * const move = moveSchema.parse({ action: "noop", reason: "all is well", journal: "nothing to do" });
 * console.log(move.action);
 * ```
 */
export interface Schema<T> {
  /** Returns the value, with defaults filled in; throws a `ZodError` for data that the schema refuses. */
  parse(data: unknown): T;
  /** Returns the value or the issues. It throws only where reading the data throws. */
  safeParse(
    data: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: SchemaIssue[] } };
}

/** Parses JSON text and checks it; `undefined` where it is invalid, such as a line that is still being written. */
export function parseAs<T>(schema: Schema<T>, text: string): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // not JSON
  }
}

/** Ids and names: lower-case letters, digits, `_` and `-`, at most 64, first a letter or digit. */
export const idSchema = z.string().check(
  z.regex(
    ID_PATTERN,
    "must be 1 to 64 of a-z, 0-9, `_` and `-`, beginning with a letter or digit",
  ),
);

/** Any value of parsed JSON that can be serialized again. */
export const jsonSchema = z.custom<Json>((value) => jsonProblem(value) === null);

/** Checks the minimum length of text or of a list. */
export const minLength = (min: number) => afterType(z.minLength(min));

/** Checks the maximum length of text or of a list. */
export const maxLength = (max: number) => afterType(z.maxLength(max));

/**
 * Skips a check of the length where the type is wrong. zod runs it there too, and throws on JSON such as
 * `{"length": {"toString": null}}`.
 */
function afterType<C extends z.core.$ZodCheck>(check: C): C {
  check._zod.def.when = ({ issues }) => issues.every((issue) => issue.continue === true);
  return check;
}

const UTC = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/;

/** ISO 8601 in UTC, as `Date` writes it: such times are compared as text, where any other form sorts wrong. */
export const utcTimeSchema = z.string().check(
  z.refine(
    (text) => UTC.test(text) && isDay(text.slice(0, 10)),
    "must be a time in UTC, such as 2026-11-23T09:30:00.000Z",
  ),
);

/** Any time that `Date` parses, for files that other programs and users write. */
export const anyTimeSchema = z.string().check(
  z.refine((text) => !Number.isNaN(Date.parse(text)), "must be a time (ISO 8601)"),
);

/** Names of environment variables. */
export const variablesSchema = z.array(
  z.string().check(z.regex(/^[A-Za-z_]\w*$/, "must be the name of an environment variable")),
).check(maxLength(200));

const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*$/u;

/** One line of text, trimmed, of at most `max` characters. */
export function lineSchema(max: number): z.ZodMiniString<string> {
  return textSchema(max).check(z.regex(ONE_LINE, "must be one line of text"));
}

/** Text that is not blank, trimmed, of at most `max` characters. */
export function textSchema(max: number): z.ZodMiniString<string> {
  return z.string().check(z.trim(), minLength(1), maxLength(max));
}

/** Checks with another schema but keeps the value as written, because an approval may have its digest. */
export function asWritten<T>(schema: Schema<T>): z.ZodMiniType<T> {
  return z.custom<T>().check(({ value, issues }) => {
    const result = (schema as z.ZodMiniType<T>)._zod.run({ value, issues: [] }, { async: false });
    if (!(result instanceof Promise)) issues.push(...result.issues);
  });
}

/** `Date` reads February 30 as a day in March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

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

/** Reports whether a text is a valid id. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
