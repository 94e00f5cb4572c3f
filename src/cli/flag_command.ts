import { raiseFlag } from "../humans/raise_flag.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { workerNamed } from "./worker_named.ts";

/** `looop flag <id> [note]`: a worker waits for a human. */
export const flagCommand: Command = {
  usage: "looop flag <id> [note]",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 2 },
  async run({ words: [name, note], terminal, open }) {
    const profile = await open();
    const id = await workerNamed(profile, name);
    await raiseFlag(profile, id, note);
    terminal.out(`flagged ${id}: looop unflag ${id} takes it down\n`);
    return OK;
  },
};
