/** Says in one line what CEL found wrong. The library's errors carry a drawing of the source, which is left out. */
export function describeCelError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const summary = (error as { summary?: unknown }).summary;
  const text = typeof summary === "string" ? summary : error.message;
  // Of an empty list the library says that its size is undefined.
  return text.replace(/, index (-?\d+) >= size undefined/, ", index $1 >= size 0").replaceAll(
    /\s+/g,
    " ",
  );
}
