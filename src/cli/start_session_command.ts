import { hearWorkers } from "../hear_workers.ts";
import { refuseInsideWorker } from "../humans/refuse_inside_worker.ts";
import { WIZARD } from "../model/config.ts";
import { UserError } from "../model/user_error.ts";
import { ensureProfile } from "../profile/ensure_profile.ts";
import { startSession } from "../workers/start_session.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { workerNamed } from "./worker_named.ts";

/** The most characters that a prompt can have. */
const MAX_PROMPT = 1_000_000;

/** `looop start-session <id> <prompt|->`: starts a worker. */
export const startSessionCommand: Command = {
  usage: "looop start-session <id> <prompt|-> [--runner R] [--verify CMD]",
  switches: [],
  options: ["runner", "verify"],
  completesOptions: { runner: "runner" },
  words: { least: 2, most: 2 },
  async run({ words: [name, words], options, terminal, signal, open }) {
    const profile = await open();
    // Four bytes hold any character.
    const prompt = words === "-" ? await terminal.input(MAX_PROMPT * 4, signal) : words;
    signal.throwIfAborted();
    const id = workerNamed(profile, name);
    if (prompt.trim() === "") throw new UserError(`cannot start worker ${id}: its prompt is empty`);
    if (prompt.length > MAX_PROMPT) {
      throw new UserError(
        `cannot start worker ${id}: its prompt has more than ${MAX_PROMPT} characters; name a file in it`,
      );
    }
    // What asks the person is not for another worker to type into.
    if (options.get("runner") === WIZARD) await refuseInsideWorker(profile, `start ${WIZARD}`);
    await ensureProfile(profile);
    // What one of this id that has ended has left to say, before it is archived.
    await hearWorkers(profile, id);
    const { runner } = await startSession(profile, {
      id,
      prompt,
      runner: options.get("runner"),
      verify: options.get("verify"),
    });
    terminal.out(`started worker ${id} (${runner}): looop attach ${id}\n`);
    return OK;
  },
};
