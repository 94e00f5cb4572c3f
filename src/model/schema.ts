import * as z from "zod/mini";
import { ID_PATTERN } from "./id.ts";
import { isJson, type Json } from "./json.ts";

/** One thing that is wrong with data. */
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

/** Ids and names: lower-case letters, digits, `_` and `-`, at most 64, first a letter or digit. */
export const idSchema = z.string().check(
  z.regex(
    ID_PATTERN,
    "must be 1 to 64 of a-z, 0-9, `_` and `-`, beginning with a letter or digit",
  ),
);

/** Any value that JSON can hold; input that is nested so deeply that the stack overflows is refused. */
export const jsonSchema = z.custom<Json>((value) => {
  try {
    return isJson(value);
  } catch {
    return false;
  }
}, "must be a JSON value");

/** Checks the least length of text or of a list. */
export const minLength = (min: number) => afterType(z.minLength(min));

/** Checks the greatest length of text or of a list. */
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

/** One line of text, trimmed, of at most so many characters. */
export function lineSchema(max: number): z.ZodMiniString<string> {
  return textSchema(max).check(z.regex(ONE_LINE, "must be one line of text"));
}

/** Text that is not blank, trimmed, of at most so many characters. */
export function textSchema(max: number): z.ZodMiniString<string> {
  return z.string().check(z.trim(), minLength(1), maxLength(max));
}

/** Checks with another schema, but keeps the value as it was written: a digest of it may be on record. */
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
