import * as v from "valibot";
import { numberSchema, wholeSchema } from "../../model/number_schema.ts";

/** A number of tokens; `NaN` for what can be none, so that a sum over it is unknown rather than wrong. */
export const tokenCount = v.fallback(v.pipe(wholeSchema, v.minValue(0)), NaN);

/** A price in US dollars; `NaN` likewise. */
export const dollars = v.fallback(v.pipe(numberSchema, v.minValue(0)), NaN);
