import { lastTickSchema } from "../model/last_tick.ts";
import { ensureProfile } from "../profile/ensure_profile.ts";
import { parseFile } from "../profile/parse_file.ts";
import { startPulse } from "../workers/pulse_session.ts";
import type { Command } from "./command.ts";
import { FAILED, OK } from "./exit_codes.ts";
import { renderSeeded } from "./render_seeded.ts";
import { safeText } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop up`: the pulse, in a tmux session of its own. */
export const upCommand: Command = {
  usage: "looop up",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, open }) {
    const profile = await open();
    const { dataDir, lastTick } = profile.paths;
    const { seeded } = await ensureProfile(profile);
    if (seeded.length > 0) terminal.out(renderSeeded(seeded, dataDir, await viewOf(terminal)));
    const { pid, ticked, said } = await startPulse(profile);
    const running = `the pulse runs (pid ${pid}), looop down stops it`;
    if (!ticked) {
      terminal.err(`looop: ${running}, but it has not ticked yet:\n${safeText(said)}\n`);
      return FAILED;
    }
    const tick = await parseFile(lastTick, lastTickSchema, "The next tick replaces it.");
    terminal.out(`${running}; first tick: ${tick?.outcome}\n`);
    return OK;
  },
};
