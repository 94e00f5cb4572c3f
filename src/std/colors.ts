/**
 * `@std/fmt/colors` as far as looop uses it. Colours start switched off where `NO_COLOR` is set.
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

/** Gives the text with the escape codes of a style around it, or as it is while colours are off. */
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

/** Takes every ANSI escape code out of a text. */
export const stripAnsiCode: (text: string) => string = anyStripAnsiCode;
