import { checkApproval } from "../humans/check_approval.ts";
import type { Ask } from "../model/ask.ts";
import type { Profile } from "../profile/profile.ts";
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
      switches.has("json") ? `${safeJson(asks)}\n` : renderAsks(
        asks,
        await viewOf(terminal),
        profile.clock.now(),
        await refusalsOf(profile, asks),
      ),
    );
    return OK;
  },
};

/** Why a yes would count for nothing, by id of the ask. */
async function refusalsOf(profile: Profile, asks: Ask[]): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const ask of asks) {
    const why = ask.approval ? await checkApproval(profile, ask) : null;
    if (why !== null) reasons.set(ask.id, why);
  }
  return reasons;
}
