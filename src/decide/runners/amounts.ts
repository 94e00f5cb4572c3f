import * as z from "zod/mini";

/** A number of tokens; `NaN` for what can be none, so that a sum over it is unknown rather than wrong. */
export const tokenCount = z.catch(z.int().check(z.minimum(0)), NaN);

/** A price in US dollars; `NaN` likewise. */
export const dollars = z.catch(z.number().check(z.minimum(0)), NaN);
