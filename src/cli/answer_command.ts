import { answerAsk, MAX_ANSWER } from "../humans/answer_ask.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { tellWhen } from "./tell_when.ts";

/** `looop answer <ask-id> <text|->`: answers a question of the loop. */
export const answerCommand: Command = {
  usage: "looop answer <ask-id> <text|->",
  switches: [],
  words: { least: 2, most: 2 },
  async run({ words: [id, words], terminal, signal, open }) {
    const profile = await open();
    // Four bytes hold any character.
    const text = words === "-" ? (await terminal.input(MAX_ANSWER * 4, signal)).trimEnd() : words;
    signal.throwIfAborted();
    await answerAsk(profile, id, text);
    terminal.out(`answered ${id}: the loop sees it ${await tellWhen(profile)}\n`);
    return OK;
  },
};
