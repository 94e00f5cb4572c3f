import { clearFlag } from "../humans/clear_flag.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { workerNamed } from "./worker_named.ts";

/** `looop unflag <id>`: a worker waits no longer. */
export const unflagCommand: Command = {
  usage: "looop unflag <id>",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, open }) {
    const profile = await open();
    const id = await workerNamed(profile, name);
    const was = await clearFlag(profile, id);
    terminal.out(was ? `unflagged ${id}\n` : `${id} was not flagged\n`);
    return OK;
  },
};
