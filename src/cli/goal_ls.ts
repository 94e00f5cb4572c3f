import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { safeJson } from "./safe_text.ts";

/** `looop goal ls`: the goals, as a tick puts them in order. */
export const goalLs: Command = {
  usage: "looop goal ls [--all] [--json]",
  switches: ["all", "json"],
  words: { least: 0, most: 0 },
  async run({ switches, terminal, open }) {
    const profile = await open();
    const { listGoals } = await import("../list_goals.ts");
    const goals = await listGoals(profile, switches.has("all"));
    if (switches.has("json")) {
      terminal.out(`${safeJson(goals)}\n`);
      return OK;
    }
    const { renderGoals } = await import("./render_goals.ts");
    const { viewOf } = await import("./view.ts");
    terminal.out(renderGoals(goals, await viewOf(terminal)));
    return OK;
  },
};
