import * as v from "valibot";
import { ID_PATTERN } from "./id.ts";

/** Ids and names: lower-case letters, digits, `_` and `-`, at most 64, first a letter or digit. */
export const idSchema = v.pipe(
  v.string(),
  v.regex(
    ID_PATTERN,
    "must be 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit",
  ),
);
