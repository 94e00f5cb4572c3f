import { safeText } from "./safe_text.ts";
import type { View } from "./view.ts";
import { wrapText } from "./wrap_text.ts";

/** Shows what a runner says while it works: indented and dim, so that it stands apart from looop's own words. */
export function renderProgress(text: string, { columns, dim }: View): string {
  const width = columns === null ? null : columns - 4;
  const lines = safeText(text).split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line) => wrapText(line, width))
    .map((line) => `${dim(`    ${line}`)}\n`).join("");
}
