import { checkApproval } from "../humans/check_approval.ts";
import { listCalls } from "../humans/list_attention.ts";
import type { Ask } from "../model/ask.ts";
import type { Profile } from "../profile/profile.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { openAsks } from "./open_asks.ts";
import { renderAsks } from "./render_asks.ts";
import { renderAttention } from "./render_attention.ts";
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
    if (switches.has("json")) {
      terminal.out(`${safeJson(asks)}\n`);
      return OK;
    }
    const view = await viewOf(terminal);
    // Who waits without having asked anything can only be attached to.
    const flags = (await listCalls(profile)).filter(({ kind }) => kind === "flag");
    if (asks.length > 0 || flags.length === 0) {
      const refusals = await refusalsOf(profile, asks);
      terminal.out(renderAsks(asks, view, profile.clock.now(), refusals));
    }
    if (asks.length > 0 && flags.length > 0) terminal.out("\n");
    terminal.out(renderAttention(flags, view));
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
