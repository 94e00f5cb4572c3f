import type { Command, CommandContext } from "./command.ts";
import { OK, stoppedCode } from "./exit_codes.ts";

/** Those that hold one value all have it checked by `init_flags.ts`: given twice is an error, not the last one. */
const LISTS = [
  ...["runner", "worker-runner", "usd-per-day", "sandbox", "sensor", "goal"],
  ...["may", "ask", "never"],
];

/** `looop init`: asks what to watch and to aim for, and writes config, sensors and goals. */
export const initCommand: Command = {
  usage: "looop init [--sensor S]… [--goal G]… [--runner R] [--yes] [--print]",
  switches: ["yes", "print"],
  lists: LISTS,
  completesOptions: {
    "runner": "runner",
    "worker-runner": "runner",
    "sandbox": ["none", "bwrap"],
    "sensor": "catalogue",
  },
  words: { least: 0, most: 0 },
  async run(context: CommandContext) {
    const { PromptStopped } = await import("../host/prompter.ts");
    const { setUp } = await import("./set_up.ts");
    try {
      return await setUp(context);
    } catch (error) {
      if (!(error instanceof PromptStopped)) throw error;
      context.terminal.err("looop: stopped: nothing was written; looop init begins anew\n");
      return context.signal.aborted ? OK : stoppedCode("SIGINT");
    }
  },
};
