import { say } from "../say.ts";
import { inboxOf } from "../workers/send_message.ts";
import { unclaim } from "../workers/unclaim.ts";
import { claimHolder } from "./claim_holder.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { NOT_HEARD } from "./not_heard.ts";
import { recordOf } from "./record_of.ts";

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
    // Whoever removes claims holds a lock, which no worker in a sandbox may have.
    const said = inboxOf(profile) === null
      ? { value: await unclaim(profile, name, session) }
      : await say(profile, await recordOf(profile, session), { say: "unclaim", claim: name });
    if (!said) {
      terminal.out(NOT_HEARD);
      return OK;
    }
    terminal.out(said.value ? `gave up ${name}\n` : `nobody had claimed ${name}\n`);
    return OK;
  },
};
