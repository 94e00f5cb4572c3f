import { hearWorkers } from "../hear_workers.ts";
import { listAsks } from "../humans/ask_files.ts";
import { pruneWorkers } from "../workers/prune_workers.ts";
import { tendWorkers } from "../workers/tend_workers.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";

/** `looop prune`: removes the workers that have ended. */
export const pruneCommand: Command = {
  usage: "looop prune",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, signal, open }) {
    const profile = await open();
    // First what their end brings about: afterwards nobody knows what they spent, asked and claimed.
    const hear = (worker: string) => hearWorkers(profile, worker);
    await tendWorkers(profile, (await listAsks(profile)).asks, signal, hear);
    signal.throwIfAborted();
    const ids = await pruneWorkers(profile, { unseen: true });
    terminal.out(ids.length === 0 ? "no worker has ended\n" : `removed ${ids.join(", ")}\n`);
    return OK;
  },
};
