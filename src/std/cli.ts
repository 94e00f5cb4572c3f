/**
 * `@std/cli` as far as looop uses it.
 *
 * @module
 */

import { parseArgs as anyParseArgs } from "deno-std/cli/parse_args.js";

/** Options of {@linkcode parseArgs}: `S` string flags, `B` boolean flags, `C` repeatable ones, `D` defaulted ones. */
export interface ParseOptions<
  S extends string,
  B extends string,
  C extends string,
  D extends string,
> {
  /** Flags that take a value and keep it as text; `"_"` among them keeps positional arguments as text too. */
  string?: readonly S[];
  /** Flags that take no value. */
  boolean?: readonly B[];
  /** Flags that may be repeated: every value is kept. */
  collect?: readonly C[];
  /** Other names of a flag. A value is found under every name, but only the flag's own is typed. */
  alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Values of flags that are not given. */
  default?: Readonly<Record<D, string | boolean | readonly string[]>>;
  /** Takes everything after the first positional argument as it is. Default: `false`. */
  stopEarly?: boolean;
  /** Called for each argument that no option names; one for which it returns `false` is left out. */
  unknown?: (argument: string, flag?: string, value?: unknown) => unknown;
}

/** What {@linkcode parseArgs} gives: a property for each flag, and the positional arguments as `_`. */
export type ParsedArgs<
  S extends string,
  B extends string,
  C extends string,
  D extends string,
> =
  & { _: "_" extends S ? string[] : (string | number)[] }
  & {
    [K in Exclude<S, "_">]: K extends C ? string[]
      : K extends D ? string
      : string | undefined;
  }
  & { [K in B]: boolean };

/** Parses command line arguments, without the program's own name. What follows `--` is positional. */
export const parseArgs: <
  S extends string = never,
  B extends string = never,
  C extends string = never,
  D extends string = never,
>(
  args: readonly string[],
  options?: ParseOptions<S, B, C, D>,
) => ParsedArgs<S, B, C, D> = anyParseArgs;

// Making one takes 10 ms, two thirds of Deno's own start; plain text needs none.
let segmenter: Intl.Segmenter | undefined;
/** One column each: Latin letters, dashes, quotes, `…`, lines of boxes, `⚑`. */
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2500-\u257f\u2691]*$/;
const INVISIBLE = /^[\p{Cc}\p{Cf}\p{M}]*$/u;
/** East Asian Wide and Fullwidth blocks of Unicode's EastAsianWidth.txt, and whatever shows as an emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18d08}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]|\ufe0f/u;

/**
 * Columns that a text takes in a terminal.
 *
 * Written here since deno-std 1.4.0 leaves out the table that its own needs.
 *
 * @example
 * ```ts
 * import { unicodeWidth } from "@std/cli";
 *
 * console.log(unicodeWidth("日本")); // 4
 * ```
 */
export function unicodeWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of (segmenter ??= new Intl.Segmenter()).segment(text)) {
    columns += INVISIBLE.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1;
  }
  return columns;
}
