import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop goal archive`: puts a goal away that is done. */
export const goalArchive: Command = {
  usage: "looop goal archive <id>",
  switches: [],
  completes: inOrder("goal"),
  words: { least: 1, most: 1 },
  async run({ words: [id], terminal, signal, open }) {
    const { openToWrite } = await import("./open_to_write.ts");
    const profile = await openToWrite(open, `archive goal ${id}`);
    const { archiveByHand } = await import("../archive_by_hand.ts");
    terminal.out(`archived ${await archiveByHand(profile, id, signal)}\n`);
    return OK;
  },
};
