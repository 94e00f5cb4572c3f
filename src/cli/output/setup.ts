import type { FileChange, SetupPlan } from "../../init/plan.ts";
import { findProgram } from "../../os/run_tool.ts";
import type { Profile } from "../../profile/profile.ts";
import { hangText, quoteBlock, safeLine } from "./text.ts";
import type { View } from "./view.ts";

/** Reports what was written, what is still missing, and the next step. */
export function renderSetUp(
  { changes, archives, sensors, noRunner }: SetupPlan,
  { profile, isTicking }: { profile: Profile; isTicking: boolean },
  view: View,
): string {
  const { paths, env } = profile;
  const files = changes.length + (archives ? 1 : 0);
  const paragraphs: [mark: string, text: string][] = [
    ["", `wrote ${files === 1 ? "one file" : `${files} files`}, in ${safeLine(paths.dataDir)}`],
  ];
  if (archives) paragraphs.push(["", "goals/setup.md is complete, and archived"]);
  for (const { file, program, env: variables } of sensors) {
    if (program !== undefined && findProgram(program, env("PATH") ?? "") === null) {
      paragraphs.push(["! ", `${program} is not installed: sensors/${file} needs it`]);
    }
    // Those of a shell sensor are optional.
    const needed = file.endsWith(".ts") ? variables : [];
    for (const variable of needed.filter((name) => env(name) === undefined)) {
      const where = `sensors/${file} needs it where looop runs`;
      paragraphs.push(["! ", `${variable} is not set here: ${where}`]);
    }
  }
  if (noRunner !== null) {
    paragraphs.push(["! ", `only the goals' own rules decide: ${safeLine(noRunner)}`]);
  }
  paragraphs.push(["", isTicking ? "The running loop picks this up automatically." : NEXT]);
  return paragraphs.flatMap(([mark, text]) => {
    const lines = hangText(mark, text, view.columns);
    return mark === "" ? lines : lines.map(view.yellow);
  }).map((line) => `${line}\n`).join("");
}

const NEXT = "Next: looop runs the loop here until Ctrl-C; looop up runs it in the background.";

/** Renders every file to be written, in full if it is new, else as a diff; then their names. */
export async function renderSetup(plan: SetupPlan, view: View): Promise<string> {
  const lines: string[] = [];
  for (const change of plan.changes) {
    lines.push("", view.bold(`${kindOf(change)} ${safeLine(change.name)}`));
    lines.push(...quoteBlock(await textOf(change), view.columns, "columns"));
  }
  lines.push("");
  for (const change of plan.changes) {
    const kind = `  ${kindOf(change).padEnd(7)} `;
    lines.push(...hangText(kind, safeLine(change.name), view.columns));
  }
  if (plan.archives) {
    lines.push(...hangText("  archive ", "goals/setup.md, which is complete", view.columns));
  }
  return lines.map((line) => `${line}\n`).join("");
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
