import { appendEvent } from "../profile/events.ts";
import { isPaused, resume } from "../profile/pause.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { tellWhen } from "./tell_when.ts";

/** `looop resume`: ends a pause, and a parking after failures. */
export const resumeCommand: Command = {
  usage: "looop resume",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, open }) {
    const profile = await open();
    const { unpark } = await import("../unpark.ts");
    const parked = await unpark(profile);
    if (!parked && !isPaused(profile)) {
      terminal.out("neither paused nor parked\n");
      return OK;
    }
    await resume(profile);
    await appendEvent(profile, { event: "resumed" });
    terminal.out(`resumed: the loop looks ${await tellWhen(profile)}\n`);
    return OK;
  },
};
