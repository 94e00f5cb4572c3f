import type { Command } from "./command.ts";
import { verbsCommand } from "./verbs_command.ts";

/** `looop goal <verb>`: what the loop works toward. */
export const goalCommand: Command = verbsCommand(
  "looop goal ls | show <id> | write <id> [file|-] | archive <id>",
  {
    ls: async () => (await import("./goal_ls.ts")).goalLs,
    show: async () => (await import("./goal_show.ts")).goalShow,
    write: async () => (await import("./goal_write.ts")).goalWrite,
    archive: async () => (await import("./goal_archive.ts")).goalArchive,
  },
);
