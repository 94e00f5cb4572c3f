import { say } from "../say.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { NOT_HEARD } from "./not_heard.ts";
import { recordOf } from "./record_of.ts";

/** `looop flag <id> [note]`: a worker waits for a human. */
export const flagCommand: Command = {
  usage: "looop flag <id> [note]",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 2 },
  async run({ words: [name, note], terminal, open }) {
    const profile = await open();
    const record = await recordOf(profile, name);
    const said = await say(profile, record, { say: "flag", note });
    const { id } = record;
    terminal.out(said ? `flagged ${id}: looop unflag ${id} takes it down\n` : NOT_HEARD);
    return OK;
  },
};
