import { unclaim } from "../workers/unclaim.ts";
import { claimHolder } from "./claim_holder.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

/** `looop unclaim <name>`: gives a claim up. */
export const unclaimCommand: Command = {
  usage: "looop unclaim <name> [--session ID]",
  switches: [],
  options: ["session"],
  completes: inOrder("claim"),
  completesOptions: { session: "worker" },
  words: { least: 1, most: 1 },
  async run({ words: [name], options, terminal, open }) {
    const profile = await open();
    const session = await claimHolder(profile, `unclaim ${name}`, options.get("session"));
    const held = await unclaim(profile, name, session);
    terminal.out(held ? `gave up ${name}\n` : `nobody had claimed ${name}\n`);
    return OK;
  },
};
