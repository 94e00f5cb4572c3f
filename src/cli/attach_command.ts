import { UserError } from "../model/user_error.ts";
import { attachWorker } from "../workers/attach_worker.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { workerNamed } from "./worker_named.ts";

/** `looop attach <id>`: hands the terminal to a worker's session. */
export const attachCommand: Command = {
  usage: "looop attach <id>",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, open }) {
    const profile = await open();
    const id = workerNamed(profile, name);
    if (terminal.columns() === null) {
      throw new UserError(`cannot attach to ${id}: this is no terminal; looop logs ${id} --follow`);
    }
    return await attachWorker(profile, id);
  },
};
