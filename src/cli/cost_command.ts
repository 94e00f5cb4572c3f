import { startOfDay } from "../model/local_day.ts";
import { UsageError } from "../model/user_error.ts";
import { sumSpend } from "../spend.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { renderCost } from "./render_cost.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop cost [today|all]`: what runner calls cost; `add`: what a worker says that it has spent. */
export const costCommand: Command = {
  usage: "looop cost [today|all] [--json] | looop cost add <id> <usd>",
  switches: ["json"],
  completes: (before) =>
    before.length === 0 ? ["today", "all", "add"] : before[0] === "add" ? "worker" : null,
  words: { least: 0, most: 3 },
  async run(context) {
    const { words: [span = "today", ...rest], terminal, switches, open } = context;
    if (span === "add" && rest.length === 2) {
      const { addCost } = await import("./add_cost.ts");
      return await addCost(context, rest);
    }
    if (span !== "today" && span !== "all" || rest.length > 0) {
      throw new UsageError(
        `cannot sum up ${
          [span, ...rest].join(" ")
        }: it is today or all\nusage: ${costCommand.usage}`,
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
