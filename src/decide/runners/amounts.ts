import { z } from "zod";

/** A number of tokens; `NaN` for what can be none, so that a sum over it is unknown rather than wrong. */
export const tokenCount = z.number().int().min(0).catch(NaN);

/** A price in US dollars; `NaN` likewise. */
export const dollars = z.number().min(0).catch(NaN);
