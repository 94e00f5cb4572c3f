import { Notices } from "../host/notices.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { awaitAnswer } from "../humans/await_answer.ts";
import { MAX_QUESTION } from "../humans/raise_ask.ts";
import { UserError } from "../model/user_error.ts";
import { say } from "../say.ts";
import { workerFiles } from "../workers/worker_files.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { parseSpan } from "./parse_span.ts";
import { recordOf } from "./record_of.ts";
import { safeText } from "./safe_text.ts";

/** `looop ask <id> <question|->`: a worker asks its person, and waits. */
export const askCommand: Command = {
  usage: "looop ask <id> <question|-> [--options a,b] [--ref PATH] [--timeout S]",
  switches: [],
  options: ["options", "ref", "timeout"],
  completes: inOrder("worker"),
  words: { least: 2, most: 2 },
  async run({ words: [name, words], options, terminal, signal, open }) {
    const timeout = options.get("timeout");
    const timeoutMs = timeout === undefined ? undefined : parseSpan(timeout, askCommand.usage);
    const profile = await open();
    // Four bytes hold any character.
    const question = words === "-"
      ? (await terminal.input(MAX_QUESTION * 4, signal)).trimEnd()
      : words;
    signal.throwIfAborted();
    const record = await recordOf(profile, name);
    const { id: worker } = record;
    if (whatIsAt(workerFiles(profile.paths, worker).exit) !== "nothing") {
      throw new UserError(`cannot ask for ${worker}: it has ended`);
    }
    const asked = await say(profile, record, {
      say: "ask",
      question,
      options: options.get("options")?.split(",").map((option) => option.trim()),
      ref: options.get("ref"),
    }, { timeoutMs, signal });
    signal.throwIfAborted();
    const id = asked?.value;
    if (!id) {
      throw new UserError("the loop is not looking now: the same command again goes on waiting");
    }
    using notices = new Notices([profile.paths.asks]);
    const answer = await awaitAnswer(profile, id, { timeoutMs, signal, notices });
    if (answer.kind === "closed") throw new UserError(answer.why);
    if (answer.kind === "timeout") {
      throw new UserError(`${id} is not answered yet: the same command again goes on waiting`);
    }
    const { text } = answer;
    if (terminal.columns() === null) {
      // A worker gets what the person typed, as it is.
      terminal.bytes(new TextEncoder().encode(`${text}\n`));
    } else terminal.out(`${safeText(text)}\n`);
    // Where the reader has gone, it has not reached the worker.
    signal.throwIfAborted();
    await say(profile, record, { say: "delivered", ask: id });
    return OK;
  },
};
