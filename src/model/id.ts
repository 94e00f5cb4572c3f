import { z } from "zod";

/** What an id of a goal, sensor, worker or claim looks like. tmux would rewrite dots, so there are none. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Ids and names: lower-case letters, digits, `_` and `-`, at most 64, first a letter or digit. */
export const idSchema = z.string().regex(
  ID_PATTERN,
  "must be 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit",
);

/** Tells whether a text can be an id. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
