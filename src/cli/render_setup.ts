import type { FileChange, SetupPlan } from "../init/setup_plan.ts";
import { quoteBlock } from "./quote_block.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/** Shows every file that would be written: whole where it is new, else the difference; then all of them by name. */
export async function renderSetup(plan: SetupPlan, view: View): Promise<string> {
  const lines: string[] = [];
  for (const change of plan.changes) {
    lines.push("", view.bold(`${kindOf(change)} ${safeLine(change.name)}`));
    lines.push(...quoteBlock(await textOf(change), view.columns, "columns"));
  }
  lines.push("", ...summaryOf(plan, view));
  return lines.map((line) => `${line}\n`).join("");
}

/** One line for each file, without its text. */
export function summaryOf({ changes, archives }: SetupPlan, view: View): string[] {
  return [
    ...changes.flatMap((change) =>
      hangText(`  ${kindOf(change).padEnd(7)} `, safeLine(change.name), view.columns)
    ),
    ...archives
      ? hangText(
        "  archive ",
        "goals/setup.md: it asked for a setup, and that is done",
        view.columns,
      )
      : [],
  ];
}

function kindOf({ before }: FileChange): string {
  return before === null ? "new" : "change";
}

async function textOf({ name, before, after }: FileChange): Promise<string> {
  if (before === null) return after;
  const { createTwoFilesPatch } = await import("diff");
  const patch = createTwoFilesPatch(name, name, before, after, "now", "then", { context: 2 });
  // The first line only underlines the names.
  return patch.slice(patch.indexOf("\n") + 1);
}
