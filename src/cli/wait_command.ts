import { waitForHuman } from "../humans/wait_for_human.ts";
import type { Command } from "./command.ts";
import { FAILED, OK } from "./exit_codes.ts";
import { parseSpan } from "./parse_span.ts";
import { renderAttention } from "./render_attention.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop wait`: blocks until something new needs a human. */
export const waitCommand: Command = {
  usage: "looop wait [--asks] [--since CURSOR] [--timeout S] [--json]",
  switches: ["asks", "json"],
  options: ["since", "timeout"],
  words: { least: 0, most: 0 },
  async run({ switches, options, terminal, signal, open }) {
    const timeout = options.get("timeout");
    const timeoutMs = timeout === undefined ? undefined : parseSpan(timeout, waitCommand.usage);
    const asksOnly = switches.has("asks");
    const profile = await open();
    const { items, cursor } = await waitForHuman(profile, {
      asksOnly,
      since: options.get("since"),
      timeoutMs,
      signal,
    });
    const isNew = items.length > 0;
    if (switches.has("json")) terminal.out(`${safeJson({ items, cursor })}\n`);
    else if (isNew) {
      const again = `looop wait${asksOnly ? " --asks" : ""} --since ${cursor}`;
      terminal.out(`${renderAttention(items, await viewOf(terminal))}next: ${again}\n`);
    } else terminal.err("looop: nothing new needs you\n");
    return isNew ? OK : FAILED;
  },
};
