import type { Killed } from "../workers/kill_worker.ts";
import { stopSession } from "../workers/stop_session.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
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
  async run({ words: [name], terminal, open }) {
    const profile = await open();
    const id = await workerNamed(profile, name);
    const { how } = await stopSession(profile, id);
    terminal.out(`worker ${id}: ${TOLD[how]}\n`);
    return OK;
  },
};
