import { approveAsk } from "../humans/answer_ask.ts";
import { refuseInsideWorker } from "../humans/refuse_inside_worker.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { tellWhen } from "./tell_when.ts";

/** `looop approve <ask-id>`: says yes to a move. */
export const approveCommand: Command = {
  usage: "looop approve <ask-id>",
  switches: [],
  completes: inOrder("approval"),
  words: { least: 1, most: 1 },
  async run({ words: [id], terminal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, `approve ${id}`);
    const { approval } = await approveAsk(profile, id);
    const action = approval?.move.action ?? "move";
    terminal.out(`approved ${id}: ${action} is made ${await tellWhen(profile)}\n`);
    return OK;
  },
};
