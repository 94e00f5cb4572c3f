/**
 * `@std/yaml` with the functions that looop uses.
 *
 * @module
 */

import { parse as anyParse } from "deno-std/yaml/parse.js";
import { stringify as anyStringify } from "deno-std/yaml/stringify.js";

/**
 * Parses one YAML document; an empty one is `null`. With the schema `core`, a time stays text. Throws a `SyntaxError`
 * of one line, with line and column.
 */
export function parse(text: string, options?: { schema?: "core" }): unknown {
  try {
    return anyParse(text, options);
  } catch (error) {
    // Below its message it draws the place in the text.
    if (error instanceof SyntaxError) error.message = error.message.replace(/:?\n[^]*/, "");
    throw error;
  }
}

/** Serializes data as a YAML document. Throws a `TypeError` for values such as functions. */
export const stringify: (data: unknown) => string = anyStringify;
