import type { Command } from "./command.ts";
import { verbsCommand } from "./verbs_command.ts";

/** `looop playbook <verb>`: how the loop judges, and how that came to be. */
export const playbookCommand: Command = verbsCommand(
  "looop playbook show | write [file|-] | history | diff [rev] | restore <rev>",
  {
    show: async () => (await import("./playbook_show.ts")).playbookShow,
    write: async () => (await import("./playbook_write.ts")).playbookWrite,
    history: async () => (await import("./playbook_history.ts")).playbookHistory,
    diff: async () => (await import("./playbook_diff.ts")).playbookDiff,
    restore: async () => (await import("./playbook_restore.ts")).playbookRestore,
  },
);
