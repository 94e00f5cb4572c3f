import type { SetupPlan } from "../init/setup_plan.ts";
import type { Profile } from "../profile/profile.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/** Says what was written, what is still missing, and how it goes on. */
export function renderSetUp(
  { changes, archives, needs, noRunner }: SetupPlan,
  { profile, isWorker, isTicking }: { profile: Profile; isWorker: boolean; isTicking: boolean },
  view: View,
): string {
  const { paths, env } = profile;
  const files = changes.length + (archives ? 1 : 0);
  const paragraphs: [mark: string, text: string][] = [
    ["", `wrote ${files === 1 ? "one file" : `${files} files`}, in ${safeLine(paths.dataDir)}`],
  ];
  if (archives) paragraphs.push(["", "goals/setup.md is archived: its job is done"]);
  for (const { file, variables, missing } of needs) {
    if (missing !== null) {
      paragraphs.push(["! ", `${missing} is not installed: sensors/${file} needs it`]);
    }
    for (const variable of variables) {
      // From what a worker gets, secrets are left out.
      if (isWorker) {
        paragraphs.push(["! ", `sensors/${file} needs ${variable} set where looop runs`]);
      } else if (env(variable) === undefined) {
        const where = `sensors/${file} needs it where looop runs`;
        paragraphs.push(["! ", `${variable} is not set here: ${where}`]);
      }
    }
  }
  if (noRunner !== null) {
    paragraphs.push(["! ", `only the goals' own rules decide: ${safeLine(noRunner)}`]);
  }
  paragraphs.push(["", isTicking ? "The loop that runs goes on with it by itself." : NEXT]);
  return paragraphs.flatMap(([mark, text]) => {
    const lines = hangText(mark, text, view.columns);
    return mark === "" ? lines : lines.map(view.yellow);
  }).map((line) => `${line}\n`).join("");
}

const NEXT = "Next: looop ticks here until Ctrl-C; looop up does so in the background.";
