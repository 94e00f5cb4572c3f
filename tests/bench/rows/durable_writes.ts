import { cliPulse } from "../../faults/cli_pulse.ts";
import { traceIdleTicks, traceTick } from "../../faults/trace_tick.ts";
import type { Figure, Row } from "../row.ts";

/** How often an idle tick waits for the disk: in a pulse, and by itself. */
export const durableWrites: Row = {
  name: "fsync",
  undisturbed: true,
  async measure() {
    await mustHaveStrace();
    await using pulse = await cliPulse({ interval: 0.2, busy_interval: 0.2 });
    const count = 3;
    const inPulse = await traceIdleTicks(pulse, count);
    if (inPulse.written.length === 0) {
      throw new Error("strace saw no file that an idle tick writes");
    }
    await pulse.stop();
    await pulse.edit();
    const moving = await traceTick(pulse.home);
    if (moving.durable.length === 0) throw new Error("strace saw no fsync of a tick that moved");
    const alone = await traceTick(pulse.home);
    const row = (what: string, { length }: string[], note: string): Figure => ({
      ...{ what, floor: "", unit: "calls", min: length, median: length, max: length, limit: 0 },
      note,
    });
    return [
      row(`fsync calls of ${count} idle ticks of a pulse`, inPulse.durable, "by strace"),
      row(
        "fsync calls of an idle looop tick",
        alone.durable,
        `by strace; one that moves: ${moving.durable.length}`,
      ),
    ];
  },
};

async function mustHaveStrace(): Promise<void> {
  try {
    await new Deno.Command("strace", { args: ["-V"], stdout: "null" }).output();
  } catch (cause) {
    throw new Error("there is no strace on PATH: install the package strace", { cause });
  }
}
