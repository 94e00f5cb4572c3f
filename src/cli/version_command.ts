import project from "../../deno.json" with { type: "json" };
import { platform } from "../host/platform.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";

/** `looop version`: says which looop this is, and what it runs on. */
export const versionCommand: Command = {
  usage: "looop version",
  switches: [],
  words: { least: 0, most: 0 },
  ownWords: true,
  run({ terminal }) {
    terminal.out(`looop ${project.version} (${platform()})\n`);
    return OK;
  },
};
