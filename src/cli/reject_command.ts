import { rejectAsk } from "../humans/answer_ask.ts";
import { refuseInsideWorker } from "../humans/refuse_inside_worker.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { tellWhen } from "./tell_when.ts";

/** `looop reject <ask-id> [reason]`: says no to a move. */
export const rejectCommand: Command = {
  usage: "looop reject <ask-id> [reason]",
  switches: [],
  completes: inOrder("approval"),
  words: { least: 1, most: 2 },
  async run({ words: [id, reason], terminal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, `reject ${id}`);
    await rejectAsk(profile, id, reason);
    terminal.out(`rejected ${id}: the loop sees it ${await tellWhen(profile)}\n`);
    return OK;
  },
};
