import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { openAsks } from "./open_asks.ts";
import { renderAsks } from "./render_asks.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop asks`: what waits for a human. */
export const asksCommand: Command = {
  usage: "looop asks [--json]",
  switches: ["json"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, open }) {
    const profile = await open();
    const { asks, broken } = await openAsks(profile);
    broken.forEach(profile.warn);
    terminal.out(
      switches.has("json")
        ? `${safeJson(asks)}\n`
        : renderAsks(asks, await viewOf(terminal), profile.clock.now()),
    );
    return OK;
  },
};
