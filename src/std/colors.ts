/**
 * `@std/fmt/colors` with the functions that looop uses. Colours are off if `NO_COLOR` is set.
 *
 * @module
 */

import {
  bold as anyBold,
  dim as anyDim,
  green as anyGreen,
  red as anyRed,
  stripAnsiCode as anyStripAnsiCode,
  yellow as anyYellow,
} from "deno-std/fmt/colors.js";

/** Returns the text with the escape codes of a style, or unchanged if colours are off. */
export type Style = (text: string) => string;

/** Bold. */
export const bold: Style = anyBold;
/** Dim. */
export const dim: Style = anyDim;
/** Green. */
export const green: Style = anyGreen;
/** Red. */
export const red: Style = anyRed;
/** Yellow. */
export const yellow: Style = anyYellow;

/** Removes all ANSI escape codes from a text. */
export const stripAnsiCode: (text: string) => string = anyStripAnsiCode;
