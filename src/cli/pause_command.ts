import { ensureProfile } from "../profile/ensure_profile.ts";
import { appendEvent } from "../profile/events.ts";
import { isPaused, pause } from "../profile/pause.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";

/** `looop pause`: no tick looks, decides or moves until `looop resume`. */
export const pauseCommand: Command = {
  usage: "looop pause",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, open }) {
    const profile = await open();
    await ensureProfile(profile);
    const already = isPaused(profile);
    if (!already) {
      await pause(profile);
      await appendEvent(profile, { event: "paused" });
    }
    terminal.out(`${already ? "paused already" : "paused"}: looop resume goes on\n`);
    return OK;
  },
};
