import { answerAsk, approveAsk, checkApproval, MAX_ANSWER, rejectAsk } from "../../inbox/answer.ts";
import { type AskList, listAsks } from "../../inbox/asks.ts";
import { listDemands } from "../../inbox/attention.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { waitForUser } from "../../inbox/wait.ts";
import { lockHolder } from "../../os/lock.ts";
import { isPaused } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { type Ask, isExpired } from "../../schema/ask.ts";
import { parseSpan } from "../args.ts";
import { type Command, FAILED, inOrder, OK } from "../command.ts";
import { renderAsks, renderAttention } from "../output/inbox.ts";
import { safeJson } from "../output/text.ts";
import { viewOf } from "../output/view.ts";

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
    const flags = (await listDemands(profile)).filter(({ kind }) => kind === "flag");
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

/** `looop answer <ask-id> <text|->`: answers a question of the loop or of a worker. */
export const answerCommand: Command = {
  usage: "looop answer <ask-id> <text|->",
  switches: [],
  completes: inOrder("question"),
  words: { least: 2, most: 2 },
  async run({ words: [id, words], terminal, signal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, `answer ${id}`);
    // Four bytes hold any character.
    const text = words === "-" ? (await terminal.input(MAX_ANSWER * 4, signal)).trimEnd() : words;
    signal.throwIfAborted();
    const { worker } = await answerAsk(profile, id, text);
    const reader = worker === undefined
      ? `the loop sees it ${await reportTime(profile)}`
      : `worker ${worker} reads it`;
    terminal.out(`answered ${id}: ${reader}\n`);
    return OK;
  },
};

/** `looop approve <ask-id>`: says yes to a move. */
export const approveCommand: Command = {
  usage: "looop approve <ask-id>",
  switches: [],
  completes: inOrder("approval"),
  words: { least: 1, most: 1 },
  async run({ words: [id], terminal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, `approve ${id}`);
    const { approval } = await approveAsk(profile, id);
    const action = approval?.move.action ?? "move";
    terminal.out(`approved ${id}: ${action} is made ${await reportTime(profile)}\n`);
    return OK;
  },
};

/** `looop reject <ask-id> [reason]`: says no to a move. */
export const rejectCommand: Command = {
  usage: "looop reject <ask-id> [reason]",
  switches: [],
  completes: inOrder("approval"),
  words: { least: 1, most: 2 },
  async run({ words: [id, reason], terminal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, `reject ${id}`);
    await rejectAsk(profile, id, reason);
    terminal.out(`rejected ${id}: the loop sees it ${await reportTime(profile)}\n`);
    return OK;
  },
};

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
    const { items, cursor } = await waitForUser(profile, {
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

/** The asks that wait for a human: those without an answer that have not run out. */
export async function openAsks(profile: Profile): Promise<AskList> {
  const { asks, broken } = await listAsks(profile);
  const now = profile.clock.now().toISOString();
  return { asks: asks.filter((ask) => !ask.answer && !isExpired(ask, now)), broken };
}

/** Tells when the loop will look next, to go on behind a verb: `at once` where a pulse runs. */
export async function reportTime(profile: Profile): Promise<string> {
  if (isPaused(profile)) return "after looop resume, since it is paused";
  const holder = await lockHolder(profile.paths.pulseLock);
  return holder !== null
    ? "at once"
    : "at the next tick; no pulse is running (looop, or looop tick)";
}
