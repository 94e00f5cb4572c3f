import { listFleet } from "../list_fleet.ts";
import { UsageError } from "../model/user_error.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { parseSpan } from "./parse_span.ts";
import { safeJson } from "./safe_text.ts";

/** `looop ls`: the workers. */
export const lsCommand: Command = {
  usage: "looop ls [--json] [--watch] [--interval 2s] [--all]",
  switches: ["json", "watch", "all"],
  options: ["interval"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, options, signal, open }) {
    const all = switches.has("all");
    const intervalMs = parseSpan(options.get("interval") ?? "2s", lsCommand.usage);
    if (switches.has("watch")) {
      if (switches.has("json") || terminal.columns() === null) {
        throw new UsageError("--watch draws on a terminal; for programs there is looop ls --json");
      }
      const { watchWorkers } = await import("./watch_workers.ts");
      await watchWorkers(await open(), { terminal, signal, intervalMs, all });
      return OK;
    }
    const profile = await open();
    const workers = await listFleet(profile, all);
    if (switches.has("json")) {
      terminal.out(`${safeJson(workers)}\n`);
      return OK;
    }
    const { renderWorkers } = await import("./render_workers.ts");
    const { viewOf } = await import("./view.ts");
    const lines = renderWorkers(workers, await viewOf(terminal), profile.clock.now());
    terminal.out(lines.map((line) => `${line}\n`).join(""));
    return OK;
  },
};
