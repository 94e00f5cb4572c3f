import { openAsks } from "../../inbox/asks.ts";
import { listDemands } from "../../inbox/attention.ts";
import { lockHolder } from "../../os/lock.ts";
import { isPaused } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import type { Ask } from "../../schema/ask.ts";
import { parseDuration } from "../args.ts";
import { type Command, FAILED, OK } from "../command.ts";
import { renderAsks, renderAttention } from "../output/inbox.ts";

/** Imported here, as what waits is, since `looop asks` should start fast and needs neither. */
const answering = async () => ({
  ...await import("../../inbox/answer.ts"),
  ...await import("../../inbox/caller.ts"),
});

/** `looop asks`: lists what needs the user. */
export const asksCommand: Command = {
  usage: "looop asks [--json]",
  async run({ print, open }) {
    const profile = await open();
    const { asks, broken } = await openAsks(profile);
    broken.forEach(profile.warn);
    await print(asks, async (view) => {
      // A worker that raised its flag without asking can only be attached to.
      const flags = (await listDemands(profile)).filter(({ kind }) => kind === "flag");
      const shown = renderAsks(asks, view, profile.clock.now(), await refusalsOf(profile, asks));
      if (flags.length === 0) return shown;
      return `${asks.length > 0 ? `${shown}\n` : ""}${renderAttention(flags, view)}`;
    });
  },
};

/** Why an approval would have no effect, by id of the ask. */
async function refusalsOf(profile: Profile, asks: Ask[]): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const ask of asks.filter(({ approval }) => approval)) {
    const why = await (await answering()).checkApproval(profile, ask);
    if (why !== null) reasons.set(ask.id, why);
  }
  return reasons;
}

/** `looop answer`: answers a question of the loop or of a worker. */
export const answerCommand: Command = {
  usage: "looop answer <ask-id> <text|->",
  completes: ["question"],
  async run({ words: [id, word], terminal, input, open }) {
    const profile = await open();
    const { answerAsk, MAX_ANSWER, refuseInsideWorker } = await answering();
    await refuseInsideWorker(profile, `answer ${id}`);
    const { worker } = await answerAsk(profile, id, await input(word, MAX_ANSWER));
    const reader = worker === undefined
      ? `the loop picks it up ${await nextTick(profile)}`
      : `worker ${worker} receives it`;
    terminal.out(`answered ${id}: ${reader}\n`);
  },
};

/** `looop approve`: approves a move. */
export const approveCommand: Command = {
  usage: "looop approve <ask-id>",
  completes: ["approval"],
  async run({ words: [id], terminal, open }) {
    const profile = await open();
    const { approveAsk, refuseInsideWorker } = await answering();
    await refuseInsideWorker(profile, `approve ${id}`);
    const { approval } = await approveAsk(profile, id);
    const action = approval?.move.action ?? "move";
    terminal.out(`approved ${id}: the loop applies ${action} ${await nextTick(profile)}\n`);
  },
};

/** `looop reject`: rejects a move. */
export const rejectCommand: Command = {
  usage: "looop reject <ask-id> [reason]",
  completes: ["approval"],
  async run({ words: [id, reason], terminal, open }) {
    const profile = await open();
    const { refuseInsideWorker, rejectAsk } = await answering();
    await refuseInsideWorker(profile, `reject ${id}`);
    await rejectAsk(profile, id, reason);
    terminal.out(`rejected ${id}: the loop picks it up ${await nextTick(profile)}\n`);
  },
};

/** `looop wait`: blocks until something new needs the user. */
export const waitCommand: Command = {
  usage: "looop wait [--asks] [--since CURSOR] [--timeout S] [--json]",
  async run({ switches, options, terminal, signal, print, open }) {
    const timeoutMs = parseDuration(options.get("timeout"));
    const asksOnly = switches.has("asks");
    const since = options.get("since");
    const profile = await open();
    const { waitForUser } = await import("../../inbox/wait.ts");
    const { items, cursor } = await waitForUser(profile, { asksOnly, since, timeoutMs, signal });
    const isNew = items.length > 0;
    if (isNew || switches.has("json")) {
      const next = `looop wait${asksOnly ? " --asks" : ""} --since ${cursor}`;
      await print({ items, cursor }, (view) => `${renderAttention(items, view)}next: ${next}\n`);
    } else terminal.err("looop: nothing new needs you\n");
    return isNew ? OK : FAILED;
  },
};

/** Describes when the next tick is: `now` if a pulse is running. */
export async function nextTick(profile: Profile): Promise<string> {
  if (isPaused(profile)) return "after looop resume (the loop is paused)";
  const holder = await lockHolder(profile.paths.pulseLock);
  return holder !== null
    ? "now"
    : "at the next tick (no pulse is running; start one with looop up)";
}
