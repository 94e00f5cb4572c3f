import { findAsk, listAsks } from "./humans/ask_files.ts";
import { clearFlag } from "./humans/clear_flag.ts";
import { deliverAnswer } from "./humans/deliver_answer.ts";
import { raiseAsk } from "./humans/raise_ask.ts";
import { raiseFlag } from "./humans/raise_flag.ts";
import { withdrawAsk } from "./humans/withdraw_ask.ts";
import { UserError } from "./model/user_error.ts";
import type { WorkerRecord } from "./model/worker.ts";
import type { WorkerMessage } from "./model/worker_message.ts";
import type { Profile } from "./profile/profile.ts";
import { propose, proposedBy } from "./propose.ts";
import { reportCost } from "./workers/report_cost.ts";
import { stopSession } from "./workers/stop_session.ts";
import { unclaim } from "./workers/unclaim.ts";

/** How much of one worker may wait for the person at once. */
const MOST_OPEN = 50;

/**
 * Does what a worker says, in its name and for it alone.
 *
 * @returns what the command that said it has to tell: the id of an ask or a proposal, whether a flag was up, a claim
 * held or a cost noted (`yes`), how its killing went; else `null`.
 * @throws {UserError} where it is refused.
 */
export async function carryOut(
  profile: Profile,
  { id, generation, ...record }: WorkerRecord,
  message: WorkerMessage,
): Promise<string | null> {
  switch (message.say) {
    case "ask": {
      const { say: _, ...question } = message;
      await checkOpen(profile, id, message.question);
      return (await raiseAsk(profile, { worker: id, generation, ...question })).id;
    }
    case "delivered":
    case "withdraw": {
      const ask = await findAsk(profile, message.ask);
      if (ask?.worker !== id || ask.run_id !== generation) {
        throw new UserError(`${message.ask} is no ask of worker ${id}`);
      }
      await (message.say === "delivered" ? deliverAnswer : withdrawAsk)(profile, ask.id);
      return null;
    }
    case "flag":
      await raiseFlag(profile, id, message.note);
      return null;
    case "unflag":
      return yesIf(await clearFlag(profile, id));
    case "propose": {
      const { what, name, body } = message;
      await checkOpen(profile, id);
      return (await propose(profile, { what, name, body, worker: id })).id;
    }
    case "unclaim":
      return yesIf(await unclaim(profile, message.claim, id));
    case "cost":
      return yesIf(await reportCost(profile, { id, generation, ...record }, message.usd));
    case "kill":
      return (await stopSession(profile, id, { itself: true })).how;
  }
}

function yesIf(held: boolean): string | null {
  return held ? "yes" : null;
}

async function checkOpen(profile: Profile, id: string, question?: string): Promise<void> {
  const open = (await listAsks(profile)).asks.filter(({ answer, worker, approval }) =>
    !answer && (worker === id || approval?.move.journal.endsWith(proposedBy(id)))
  );
  if (open.length < MOST_OPEN || open.some((ask) => ask.question === question)) return;
  throw new UserError(`${open.length} things of worker ${id} wait for the person already`);
}
