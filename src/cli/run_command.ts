import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { FAILED } from "./exit_codes.ts";
import { reportTick } from "./report_tick.ts";

/** `looop run <goal-id>`: one move for one goal, now. */
export const runCommand: Command = {
  usage: "looop run <goal-id> [--json]",
  switches: ["json"],
  completes: inOrder("goal"),
  words: { least: 1, most: 1 },
  async run(context) {
    const profile = await context.open();
    const { runGoal } = await import("../run_goal.ts");
    const [id] = context.words;
    return await reportTick(context, profile, (input) => runGoal(profile, id, input), {
      // Somebody asked for this very move, and nobody was there to decide it.
      codes: { undecided: FAILED, held: FAILED },
    });
  },
};
