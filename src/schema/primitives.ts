/** What an id of a goal, sensor, worker or claim looks like. tmux would rewrite dots, so there are none. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Tells whether a text can be an id. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
