import { answerAsk, MAX_ANSWER } from "../humans/answer_ask.ts";
import { refuseInsideWorker } from "../humans/refuse_inside_worker.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { tellWhen } from "./tell_when.ts";

/** `looop answer <ask-id> <text|->`: answers a question of the loop or of a worker. */
export const answerCommand: Command = {
  usage: "looop answer <ask-id> <text|->",
  switches: [],
  completes: inOrder("question"),
  words: { least: 2, most: 2 },
  async run({ words: [id, words], terminal, signal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, `answer ${id}`);
    // Four bytes hold any character.
    const text = words === "-" ? (await terminal.input(MAX_ANSWER * 4, signal)).trimEnd() : words;
    signal.throwIfAborted();
    const { worker } = await answerAsk(profile, id, text);
    const reader = worker === undefined
      ? `the loop sees it ${await tellWhen(profile)}`
      : `worker ${worker} reads it`;
    terminal.out(`answered ${id}: ${reader}\n`);
    return OK;
  },
};
