import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { showFile } from "./show_file.ts";

/** `looop playbook show`: PLAYBOOK.md, as it is or as it was. */
export const playbookShow: Command = {
  usage: "looop playbook show [rev]",
  switches: [],
  completes: inOrder("revision"),
  words: { least: 0, most: 1 },
  async run({ words: [rev], terminal, open }) {
    const profile = await open();
    if (rev === undefined) {
      const { currentPlaybook } = await import("../playbook_revision.ts");
      showFile(terminal, currentPlaybook(profile));
      return OK;
    }
    const { playbookAt } = await import("../playbook_revision.ts");
    showFile(terminal, (await playbookAt(profile, rev)).bytes);
    return OK;
  },
};
