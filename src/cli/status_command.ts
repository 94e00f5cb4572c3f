import { checkTicking } from "./check_ticking.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { renderStatus } from "./render_status.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop status`: how the profile stands. */
export const statusCommand: Command = {
  usage: "looop status [--json] [--check]",
  switches: ["json", "check"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, open }) {
    const profile = await open();
    const { readStatus } = await import("../status.ts");
    const status = await readStatus(profile);
    const now = profile.clock.now();
    if (switches.has("json")) terminal.out(`${safeJson(status)}\n`);
    // A silent success, as cron wants it.
    else if (!switches.has("check")) {
      terminal.out(renderStatus(status, await viewOf(terminal), now));
    }
    if (switches.has("check")) checkTicking(status, now);
    return OK;
  },
};
