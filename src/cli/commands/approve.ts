import { openAsks } from "../../inbox/asks.ts";
import type { Profile } from "../../profile/profile.ts";
import { messageOf, UsageError, UserError } from "../../schema/errors.ts";
import { type Command, FAILED, OK } from "../command.ts";
import { safeText } from "../output/text.ts";
import { answering, confirmShown, describeAnswered, pickAsk } from "./inbox.ts";

/** `looop approve`: approves moves. */
export const approveCommand: Command = {
  usage: "looop approve [ask-id]… [--all-of WORKER]",
  completes: () => "approval",
  completesOptions: { "all-of": "worker" },
  async run(context) {
    const { words, options, terminal, say, open } = context;
    const worker = options.get("all-of");
    if (worker !== undefined && words.length > 0) {
      throw new UsageError("--all-of takes no ids: it approves all that the worker proposes");
    }
    const profile = await open();
    const { approveAsk, refuseInsideWorker } = await answering();
    await refuseInsideWorker(profile, `approve ${words[0] ?? "a move"}`);
    let ids = worker === undefined ? words : await proposalsOf(profile, worker);
    if (ids.length === 0) {
      const picked = await pickAsk(context, profile, [undefined, ""], "approval");
      if (picked === null) return FAILED;
      ids = [picked.id];
    }
    if (words.length === 0 && !await confirmShown(context, profile, ids)) {
      throw new UserError("nothing was approved");
    }
    let failed = false;
    // One that cannot be approved does not keep the others from it.
    for (const id of new Set(ids)) {
      try {
        say(await describeAnswered(profile, await approveAsk(profile, id)));
      } catch (error) {
        if (!(error instanceof UserError) || ids.length === 1) throw error;
        failed = true;
        terminal.err(`looop: ${safeText(messageOf(error))}\n`);
      }
    }
    return failed ? FAILED : OK;
  },
};

/** @throws {UserError} if the worker proposes nothing. */
async function proposalsOf(profile: Profile, worker: string): Promise<string[]> {
  const { asks, snoozed } = await openAsks(profile);
  const found = [...asks, ...snoozed].filter(({ proposer }) => proposer === worker);
  if (found.length > 0) return found.map(({ id }) => id);
  throw new UserError(`worker ${worker} has no open proposal: looop asks lists what is open`);
}

/** `looop reject`: rejects a move. */
export const rejectCommand: Command = {
  usage: "looop reject [ask-id] [reason]",
  completes: ["approval"],
  async run(context) {
    const { words, say, open } = context;
    const profile = await open();
    const { refuseInsideWorker, rejectAsk } = await answering();
    await refuseInsideWorker(profile, `reject ${words[0] ?? "a move"}`);
    const picked = await pickAsk(context, profile, words, "approval");
    if (picked === null) return FAILED;
    say(await describeAnswered(profile, await rejectAsk(profile, picked.id, picked.text)));
  },
};
