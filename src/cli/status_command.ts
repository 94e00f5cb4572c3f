import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { renderStatus } from "./render_status.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop status`: how the profile stands. */
export const statusCommand: Command = {
  usage: "looop status [--json]",
  switches: ["json"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, open }) {
    const profile = await open();
    const { readStatus } = await import("../status.ts");
    const status = await readStatus(profile);
    terminal.out(
      switches.has("json")
        ? `${safeJson(status)}\n`
        : renderStatus(status, await viewOf(terminal), profile.clock.now()),
    );
    return OK;
  },
};
