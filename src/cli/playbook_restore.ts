import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop playbook restore`: PLAYBOOK.md as it was, written as a new edit. */
export const playbookRestore: Command = {
  usage: "looop playbook restore <rev>",
  switches: [],
  completes: inOrder("revision"),
  words: { least: 1, most: 1 },
  async run({ words: [rev], terminal, signal, open }) {
    const { openToWrite } = await import("./open_to_write.ts");
    const profile = await openToWrite(open, "restore PLAYBOOK.md");
    const { playbookAt } = await import("../playbook_revision.ts");
    const then = await playbookAt(profile, rev);
    const { writeText } = await import("../write_text.ts");
    const what = `restored PLAYBOOK.md as of ${then.rev}`;
    const path = "PLAYBOOK.md";
    const body = then.text;
    const done = await writeText(profile, { kind: "playbook", path, body, what, signal });
    terminal.out(
      done === "unchanged" ? `PLAYBOOK.md is as it was at ${then.rev} already\n` : `${what}\n`,
    );
    return OK;
  },
};
