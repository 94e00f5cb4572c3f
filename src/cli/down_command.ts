import { hearWorkers } from "../hear_workers.ts";
import { listAsks } from "../humans/ask_files.ts";
import { refuseInsideWorker } from "../humans/refuse_inside_worker.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkers } from "../workers/list_workers.ts";
import { stopPulse } from "../workers/pulse_session.ts";
import { stopSession } from "../workers/stop_session.ts";
import { tendWorkers } from "../workers/tend_workers.ts";
import type { Command } from "./command.ts";
import { describeError } from "./describe_error.ts";
import { FAILED, OK } from "./exit_codes.ts";

/** `looop down`: stops the pulse, and the workers if asked to. */
export const downCommand: Command = {
  usage: "looop down [--workers]",
  switches: ["workers"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, signal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, "stop the loop");
    const stopped = await stopPulse(profile);
    terminal.out(stopped ? "the pulse is stopped\n" : "no pulse was running\n");
    if (!switches.has("workers")) return OK;
    const { killed, failed } = await killAll(profile);
    // What those left behind that ended by themselves would keep the tmux server alive.
    const { asks } = await listAsks(profile);
    await tendWorkers(profile, asks, signal, (worker) => hearWorkers(profile, worker));
    terminal.out(killed.length > 0 ? `killed ${killed.join(", ")}\n` : "no worker was killed\n");
    for (const why of failed) terminal.err(describeError(why));
    return failed.length > 0 ? FAILED : OK;
  },
};

/** All at once, since each may take seconds to die; one that does not keeps none of the others alive. */
async function killAll(profile: Profile): Promise<{ killed: string[]; failed: unknown[] }> {
  const ids = (await listWorkers(profile)).filter(({ alive }) => alive).map(({ id }) => id);
  const failed: unknown[] = [];
  const killed = await Promise.all(ids.map(async (id) => {
    try {
      await stopSession(profile, id);
      return [id];
    } catch (error) {
      failed.push(error);
      return [];
    }
  }));
  return { killed: killed.flat(), failed };
}
