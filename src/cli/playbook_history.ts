import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { safeJson } from "./safe_text.ts";

/** `looop playbook history`: the commits that changed PLAYBOOK.md, newest first. */
export const playbookHistory: Command = {
  usage: "looop playbook history [--json]",
  switches: ["json"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, open }) {
    const { playbookHistory, playbookUncommitted } = await import("../playbook_revision.ts");
    const profile = await open();
    const revisions = await playbookHistory(profile);
    if (switches.has("json")) {
      terminal.out(`${safeJson(revisions)}\n`);
      return OK;
    }
    const { renderRevisions } = await import("./render_revisions.ts");
    const { viewOf } = await import("./view.ts");
    terminal.out(renderRevisions(revisions, await viewOf(terminal)));
    if (await playbookUncommitted(profile)) {
      terminal.out("what it is now has no commit yet: looop playbook diff shows what differs\n");
    }
    return OK;
  },
};
