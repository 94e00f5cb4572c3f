import { UsageError } from "../model/user_error.ts";
import { say } from "../say.ts";
import type { CommandContext } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { NOT_HEARD } from "./not_heard.ts";
import { recordOf } from "./record_of.ts";

/** No worker costs more; what says so has a slip in its unit. */
const MOST_USD = 100_000;

/** `looop cost add <id> <usd>`: a worker says what it has spent. */
export async function addCost(
  { terminal, open }: CommandContext,
  [name, dollars]: string[],
): Promise<number> {
  const usd = /^\d*\.?\d+(e-?\d+)?$/i.test(dollars) ? Number(dollars) : NaN;
  if (!(usd <= MOST_USD)) {
    throw new UsageError(
      `${dollars} is no cost: give US dollars, such as 0.42, at most ${MOST_USD}\n` +
        "usage: looop cost add <id> <usd>",
    );
  }
  const profile = await open();
  const record = await recordOf(profile, name);
  const said = await say(profile, record, { say: "cost", usd });
  terminal.out(
    !said
      ? NOT_HEARD
      : said.value
      ? `noted $${dollars} for ${record.id}\n`
      : `not noted: ${record.runner} keeps records of its own, which are read when ${record.id} ends\n`,
  );
  return OK;
}
