import { relative } from "@std/path";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/** Tells of a first run: what was written where, and what comes next. */
export function renderSeeded(seeded: string[], dataDir: string, { columns }: View): string {
  const files = seeded.map((path) => relative(dataDir, path)).join(", ");
  return [
    ...hangText("", `First run: made ${safeLine(dataDir)} with`, columns),
    ...hangText("  ", safeLine(files), columns),
    ...hangText(
      "",
      "With an LLM runner the goal setup now asks what you work on, and makes the rest fit it. " +
        "Without one, looop init does: where there is tmux, looop attach setup leads to it. " +
        "Edits are seen at once.",
      columns,
    ),
  ].map((line) => `${line}\n`).join("");
}
