import type { Killed } from "../workers/kill_worker.ts";
import { say } from "../say.ts";
import { inboxOf } from "../workers/send_message.ts";
import { stopSession } from "../workers/stop_session.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { recordOf } from "./record_of.ts";
import { workerNamed } from "./worker_named.ts";

const TOLD: Record<Killed, string> = {
  ended_before: "had ended before",
  killed: "killed, with all its processes",
  ends_itself: "done: it ends itself",
};

/** `looop kill <id>`: ends a worker with all its processes. */
export const killCommand: Command = {
  usage: "looop kill <id>",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, signal, open }) {
    const profile = await open();
    if (inboxOf(profile) !== null) {
      // As long as it takes: once it is heard, nobody is left who could read what it came to.
      await say(profile, await recordOf(profile, name), { say: "kill" }, { signal });
      return OK;
    }
    const id = workerNamed(profile, name);
    const { how } = await stopSession(profile, id);
    terminal.out(`worker ${id}: ${TOLD[how]}\n`);
    return OK;
  },
};
