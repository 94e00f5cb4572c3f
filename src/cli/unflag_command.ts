import { say } from "../say.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { NOT_HEARD } from "./not_heard.ts";
import { recordOf } from "./record_of.ts";

/** `looop unflag <id>`: a worker waits no longer. */
export const unflagCommand: Command = {
  usage: "looop unflag <id>",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, open }) {
    const profile = await open();
    const record = await recordOf(profile, name);
    const said = await say(profile, record, { say: "unflag" });
    const told = said?.value ? `unflagged ${record.id}\n` : `${record.id} was not flagged\n`;
    terminal.out(said ? told : NOT_HEARD);
    return OK;
  },
};
