import { tickOnce } from "../tick_once.ts";
import type { Command } from "./command.ts";
import { reportTick } from "./report_tick.ts";

/** `looop tick`: one pass of the loop. */
export const tickCommand: Command = {
  usage: "looop tick [--json] [--dry-run]",
  switches: ["json", "dry-run"],
  words: { least: 0, most: 0 },
  async run(context) {
    const profile = await context.open();
    const dryRun = context.switches.has("dry-run");
    return await reportTick(context, profile, (input) => tickOnce(profile, { ...input, dryRun }));
  },
};
