/**
 * The functions of `@std/text` that looop uses.
 *
 * @module
 */

import { levenshteinDistance as untyped } from "deno-std/text/levenshtein_distance.js";

/** Returns how many characters must be inserted, removed or replaced to turn one text into the other. */
export const levenshteinDistance: (a: string, b: string) => number = untyped;
