import { UsageError } from "../model/user_error.ts";
import { tickOnce } from "../tick_once.ts";
import type { Command } from "./command.ts";
import { FAILED } from "./exit_codes.ts";
import { reportTick } from "./report_tick.ts";

/** `looop tick`: one pass of the loop. */
export const tickCommand: Command = {
  usage: "looop tick [--json] [--dry-run] [--wait[=S]]",
  switches: ["json", "dry-run"],
  optionals: ["wait"],
  words: { least: 0, most: 0 },
  async run(context) {
    const { options, switches, open } = context;
    const wait = options.get("wait");
    const dryRun = switches.has("dry-run");
    if (wait === undefined) {
      const profile = await open();
      return await reportTick(context, profile, (input) => tickOnce(profile, { ...input, dryRun }));
    }
    if (dryRun) {
      throw new UsageError(
        `--wait is of no use with --dry-run, which starts no worker\nusage: ${tickCommand.usage}`,
      );
    }
    const { parseSpan } = await import("./parse_span.ts");
    const timeoutMs = wait === "" ? undefined : parseSpan(wait, tickCommand.usage);
    const { waitForWorkers } = await import("./wait_for_workers.ts");
    const profile = await open();
    let over = true;
    const code = await reportTick(context, profile, (input) => tickOnce(profile, input), {
      async follow(result) {
        const waited = await waitForWorkers(context, profile, { result, timeoutMs });
        over = waited.over;
        return { workers: waited.workers };
      },
    });
    return over ? code : FAILED;
  },
};
