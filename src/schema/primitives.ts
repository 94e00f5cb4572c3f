/** The pattern of ids of goals, sensors, workers and claims. No dots, because tmux replaces them. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Reports whether a text is a valid id. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
