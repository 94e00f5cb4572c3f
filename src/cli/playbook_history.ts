import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { safeJson } from "./safe_text.ts";

/** `looop playbook history`: the commits that changed PLAYBOOK.md, newest first. */
export const playbookHistory: Command = {
  usage: "looop playbook history [--json]",
  switches: ["json"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, open }) {
    const { playbookHistory } = await import("../playbook_revision.ts");
    const revisions = await playbookHistory(await open());
    if (switches.has("json")) {
      terminal.out(`${safeJson(revisions)}\n`);
      return OK;
    }
    const { renderRevisions } = await import("./render_revisions.ts");
    const { viewOf } = await import("./view.ts");
    terminal.out(renderRevisions(revisions, await viewOf(terminal)));
    return OK;
  },
};
