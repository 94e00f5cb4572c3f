import { usd } from "../model/usd.ts";
import { messageOf } from "../model/user_error.ts";
import type { Worker } from "../model/worker.ts";
import { readLedger } from "../profile/ledger.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkers } from "./list_workers.ts";
import { ledgerIdOf } from "./meter_worker.ts";
import { spendSoFar } from "./spend_so_far.ts";
import { stopSession } from "./stop_session.ts";

/** Milliseconds after which a program has told the price of the tokens that it has told: claude does so apart. */
const PRICE_FOLLOWS_MS = 2000;

/**
 * Stops the workers that have cost what one may (`budget.usd_per_worker`), and, unless unknown costs are ignored,
 * those of which nobody knows what they cost. One that does not die is told.
 *
 * @throws {UserError} where nobody knows who lives.
 */
export async function stopTooDear(profile: Profile): Promise<void> {
  if (profile.config.budget.usd_per_worker === undefined) return;
  const workers = (await listWorkers(profile)).filter((worker) => worker.alive);
  const told = await toldBy(profile, workers);
  await Promise.all(workers.map(async (worker) => {
    const why = await tooDear(profile, worker, told.get(ledgerIdOf(worker)) ?? 0);
    if (why === null) return;
    await stopSession(profile, worker.id, { why })
      .catch((error) => profile.warn(`worker ${worker.id}: ${why}; but ${messageOf(error)}`));
  }));
}

async function tooDear(profile: Profile, worker: Worker, told: number): Promise<string | null> {
  const { usd_per_worker: most = Infinity, unknown_cost } = profile.config.budget;
  let spend = await spendSoFar(profile, worker, told);
  if (spend.unknown) {
    await profile.clock.sleep(PRICE_FOLLOWS_MS);
    spend = await spendSoFar(profile, worker, told);
  }
  if (spend.usd >= most) {
    return `stopped: it has cost ${usd(spend.usd)} of ${usd(most)} (budget.usd_per_worker)`;
  }
  if (!spend.unknown || unknown_cost === "ignore") return null;
  return `stopped: nobody knows what it has cost of ${usd(most)} ` +
    `(budget.usd_per_worker; budget.unknown_cost "ignore" would let it go on)`;
}

/** US dollars that workers told of themselves, by the id of their ledger lines. */
async function toldBy(profile: Profile, workers: Worker[]): Promise<Map<string, number>> {
  const told = new Map<string, number>();
  const [first] = workers.map((worker) => worker.started_at).sort();
  if (first === undefined) return told;
  for await (const lines of readLedger(profile, { since: new Date(first) })) {
    for (const { kind, id, cost_usd } of lines) {
      if (kind === "worker") told.set(id, (told.get(id) ?? 0) + (cost_usd ?? 0));
    }
  }
  return told;
}
