import * as v from "valibot";

/** A number; `1e999`, which JSON can hold, is none. */
export const numberSchema = v.pipe(v.number(), v.finite());

/** A whole number that a double holds exactly. */
export const wholeSchema = v.pipe(v.number(), v.safeInteger());
