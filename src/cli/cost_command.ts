import { startOfDay } from "../local_day.ts";
import { UsageError } from "../model/user_error.ts";
import { sumSpend } from "../spend.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { renderCost } from "./render_cost.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop cost [today|all]`: what runner calls cost. */
export const costCommand: Command = {
  usage: "looop cost [today|all] [--json]",
  switches: ["json"],
  words: { least: 0, most: 1 },
  async run({ words: [span = "today"], terminal, switches, open }) {
    if (span !== "today" && span !== "all") {
      throw new UsageError(
        `cannot sum up ${span}: it is today or all\nusage: ${costCommand.usage}`,
      );
    }
    const profile = await open();
    const since = span === "all" ? null : startOfDay(profile.clock.now());
    const spend = await sumSpend(profile, { since });
    terminal.out(
      switches.has("json") ? `${safeJson(spend)}\n` : renderCost(spend, await viewOf(terminal)),
    );
    return OK;
  },
};
