import type { Status } from "../model/status.ts";
import { UserError } from "../model/user_error.ts";
import { duration } from "./format_time.ts";

/** A tick may be late by this many intervals. */
const LATE = 3;

/**
 * Tells by an error that a profile does not tick as it should.
 *
 * @throws {UserError} where the last tick is older than three intervals, or there was none.
 */
export function checkTicking({ pulse, last_tick, data_dir }: Status, now: Date): void {
  const what = pulse.running ? `the pulse (pid ${pulse.pid}) runs` : "no pulse is running";
  const go = pulse.running ? "looop status" : "looop up";
  if (last_tick === null) throw new UserError(`${data_dir} has never ticked; ${what}: ${go}`);
  const age = now.getTime() - Date.parse(last_tick.at);
  if (age <= LATE * pulse.interval_s * 1000) return;
  throw new UserError(
    `${data_dir} last ticked ${
      duration(age)
    } ago, its interval is ${pulse.interval_s} s; ${what}: ${go}`,
  );
}
