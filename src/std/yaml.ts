/**
 * `@std/yaml` as far as looop uses it.
 *
 * @module
 */

import { parse as anyParse } from "deno-std/yaml/parse.js";
import { stringify as anyStringify } from "deno-std/yaml/stringify.js";

/** Parses one YAML document; an empty one gives `null`. Throws a `SyntaxError` that names line and column. */
export const parse: (text: string) => unknown = anyParse;

/** Writes data as a YAML document. Throws a `TypeError` for what YAML cannot hold, such as a function. */
export const stringify: (data: unknown) => string = anyStringify;
