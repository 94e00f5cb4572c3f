import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { showFile } from "./show_file.ts";

/** `looop goal show`: the file of a goal, an archived one too. */
export const goalShow: Command = {
  usage: "looop goal show <id>",
  switches: [],
  completes: inOrder("goal"),
  words: { least: 1, most: 1 },
  async run({ words: [id], terminal, open }) {
    const { findGoal } = await import("../find_goal.ts");
    const { bytes } = findGoal(await open(), id);
    showFile(terminal, bytes);
    return OK;
  },
};
