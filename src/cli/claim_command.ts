import { UserError } from "../model/user_error.ts";
import { claim } from "../workers/claim.ts";
import { claimHolder } from "./claim_holder.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";

/** `looop claim <name>`: makes a task a worker's own. */
export const claimCommand: Command = {
  usage: "looop claim <name> [--session ID]",
  switches: [],
  options: ["session"],
  completesOptions: { session: "worker" },
  words: { least: 1, most: 1 },
  async run({ words: [name], options, terminal, open }) {
    const profile = await open();
    const session = await claimHolder(profile, `claim ${name}`, options.get("session"));
    const result = await claim(profile, name, session);
    if (!result.claimed) throw new UserError(result.why);
    terminal.out(`claimed ${name} for ${session}\n`);
    return OK;
  },
};
