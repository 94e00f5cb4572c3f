/**
 * `@std/fmt/colors` as far as looop uses it. Colours start switched off where `NO_COLOR` is set.
 *
 * @module
 */

import {
  bold as anyBold,
  cyan as anyCyan,
  dim as anyDim,
  getColorEnabled as anyGetColorEnabled,
  gray as anyGray,
  green as anyGreen,
  red as anyRed,
  setColorEnabled as anySetColorEnabled,
  stripAnsiCode as anyStripAnsiCode,
  yellow as anyYellow,
} from "deno-std/fmt/colors.js";

/** Gives the text with the escape codes of a style around it, or as it is while colours are off. */
export type Style = (text: string) => string;

/** Bold. */
export const bold: Style = anyBold;
/** Cyan. */
export const cyan: Style = anyCyan;
/** Dim. */
export const dim: Style = anyDim;
/** Gray. */
export const gray: Style = anyGray;
/** Green. */
export const green: Style = anyGreen;
/** Red. */
export const red: Style = anyRed;
/** Yellow. */
export const yellow: Style = anyYellow;

/** Whether colours are on. */
export const getColorEnabled: () => boolean = anyGetColorEnabled;

/** Switches colours on or off for the whole process; has no effect where `NO_COLOR` is set. */
export const setColorEnabled: (enabled: boolean) => void = anySetColorEnabled;

/** Takes every ANSI escape code out of a text. */
export const stripAnsiCode: (text: string) => string = anyStripAnsiCode;
