import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop playbook diff`: what changed in PLAYBOOK.md since a revision. */
export const playbookDiff: Command = {
  usage: "looop playbook diff [rev]",
  switches: [],
  completes: inOrder("revision"),
  words: { least: 0, most: 1 },
  async run({ words: [rev], terminal, open }) {
    const { currentPlaybook, lastOther, playbookAt } = await import("../playbook_revision.ts");
    const profile = await open();
    const now = currentPlaybook(profile);
    const then = rev === undefined ? await lastOther(profile, now) : await playbookAt(profile, rev);
    if (then === null) {
      terminal.out("PLAYBOOK.md is as it always was: there is no other revision of it\n");
      return OK;
    }
    const { renderDiff } = await import("./render_diff.ts");
    const { viewOf } = await import("./view.ts");
    const diff = await renderDiff(
      { path: "PLAYBOOK.md", before: then.bytes, after: now, was: then.rev, is: "now" },
      terminal,
      await viewOf(terminal),
    );
    terminal.out(diff === "" ? `PLAYBOOK.md is as it was at ${then.rev}\n` : diff);
    return OK;
  },
};
