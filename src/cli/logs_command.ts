import { followRawTranscript, followTranscript } from "../workers/follow_transcript.ts";
import { readRawTranscript, readTranscript } from "../workers/read_transcript.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { safeText } from "./safe_text.ts";
import { workerNamed } from "./worker_named.ts";

/** `looop logs <id>`: what a worker printed. */
export const logsCommand: Command = {
  usage: "looop logs <id> [--follow] [--raw]",
  switches: ["follow", "raw"],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], switches, terminal, signal, open }) {
    const profile = await open();
    const id = workerNamed(profile, name);
    const follow = switches.has("follow");
    if (switches.has("raw")) {
      const chunks = follow
        ? followRawTranscript(profile, id, signal)
        : readRawTranscript(profile, id);
      for await (const chunk of chunks) {
        if (signal.aborted) break;
        terminal.bytes(chunk);
      }
    } else if (follow) {
      for await (const line of followTranscript(profile, id, signal)) {
        terminal.out(`${safeText(line)}\n`);
      }
    } else {
      terminal.out(safeText(await readTranscript(profile, id)));
    }
    return OK;
  },
};
