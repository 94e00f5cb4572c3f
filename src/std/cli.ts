/**
 * `@std/cli` with the functions that looop uses.
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

/** The result of {@linkcode parseArgs}: a property for each flag, and the positional arguments as `_`. */
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
