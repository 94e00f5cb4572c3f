import { patchOf } from "../../diff/describe.ts";
import type { FileChange, SetupPlan } from "../../init/plan.ts";
import { findProgram } from "../../os/run_tool.ts";
import type { Profile } from "../../profile/profile.ts";
import { plural } from "../../schema/text.ts";
import { hangText, quoteBlock, safeLine } from "./text.ts";
import { joinLines, type View } from "./view.ts";

/** Reports what was written, what is still missing, and the next step. */
export function renderSetupResult(
  { changes, archives, sensors, noRunner }: SetupPlan,
  { profile, isTicking }: { profile: Profile; isTicking: boolean },
  view: View,
): string {
  const { paths, env } = profile;
  const files = plural(changes.length + (archives ? 1 : 0), "file");
  const paragraphs: [mark: string, text: string][] = [
    ["", `wrote ${files} in ${safeLine(paths.dataDir)}`],
  ];
  if (archives) paragraphs.push(["", "archived goals/setup.md: the setup is done"]);
  for (const { file, program, env: variables } of sensors) {
    if (program !== undefined && findProgram(program, env("PATH") ?? "") === null) {
      paragraphs.push(["! ", `sensors/${file} needs ${program}, which is not installed`]);
    }
    // Those of a shell sensor are optional.
    const needed = file.endsWith(".ts") ? variables : [];
    for (const variable of needed.filter((name) => env(name) === undefined)) {
      paragraphs.push(["! ", `sensors/${file} needs ${variable} in the environment of looop`]);
    }
  }
  if (noRunner !== null) {
    paragraphs.push(["! ", `only goal rules decide: ${safeLine(noRunner)}`]);
  }
  paragraphs.push(["", isTicking ? "The running loop picks this up automatically." : NEXT]);
  return joinLines(paragraphs.flatMap(([mark, text]) => {
    const lines = hangText(mark, text, view.columns);
    return mark === "" ? lines : lines.map(view.yellow);
  }));
}

const NEXT = "Next: run looop to tick in this terminal, or looop up to tick in the background.";

/** Renders every file that would be written, a new one in full and others as a difference; then their names. */
export async function renderSetup(plan: SetupPlan, view: View): Promise<string> {
  const lines: string[] = [];
  for (const change of plan.changes) {
    lines.push("", view.bold(`${kindOf(change)} ${safeLine(change.name)}`));
    lines.push(...quoteBlock(await textOf(change), view.columns, "columns"));
  }
  lines.push("");
  for (const change of plan.changes) {
    lines.push(...hangText(`  ${kindOf(change).padEnd(7)} `, safeLine(change.name), view.columns));
  }
  if (plan.archives) lines.push("  archive goals/setup.md");
  return joinLines(lines);
}

function kindOf({ before }: FileChange): string {
  return before === null ? "new" : "change";
}

async function textOf({ name, before, after }: FileChange): Promise<string> {
  if (before === null) return after;
  const states = { was: "now", is: "after", context: 2 };
  const patch = await patchOf({ from: name, to: name, before, after, ...states });
  // The first line is only a separator.
  return patch.slice(patch.indexOf("\n") + 1);
}
