import { duration } from "../../schema/text.ts";
import { readStatus } from "../../loop/status.ts";
import { probeWrite } from "../../os/write.ts";
import type { Profile } from "../../profile/profile.ts";
import { messageOf, UsageError, UserError } from "../../schema/errors.ts";
import type { Status } from "../../schema/status.ts";
import type { Command } from "../command.ts";
import { describeTick, renderStatus } from "../output/status.ts";

/** `looop status`: prints the state of the profile. */
export const statusCommand: Command = {
  usage: "looop status [--json] [--full] [--check]",
  badConfig: "shown",
  async run({ switches, print, open }) {
    const full = switches.has("full");
    if (full && !switches.has("json")) {
      throw new UsageError("--full needs --json; looop watch shows all of it on one screen");
    }
    const profile = await open();
    const status = full ? await readStatus(profile, { full }) : await readStatus(profile);
    const now = profile.clock.now();
    const maxDecideMs = status.tick?.doing === "deciding"
      ? (await import("../../decide/ask_runner.ts")).maxDecisionMs(profile)
      : 0;
    const problem = tickProblem(status, now, maxDecideMs);
    const unwritable = problem === null || !status.exists || status.last_tick?.error
      ? null
      : await writeProblem(profile);
    if (unwritable !== null) status.attention.push(unwritable);
    // For cron, a successful check prints nothing.
    if (switches.has("json") || !switches.has("check")) {
      await print(status, (view) => renderStatus(status, view, now));
    }
    if (!switches.has("check")) return;
    if (problem !== null) {
      throw new UserError(unwritable === null ? problem : `${problem}; ${unwritable}`);
    }
    if (profile.configProblem !== undefined) throw new UserError(profile.configProblem);
  },
};

/** A tick may be late by this many intervals. */
const LATE = 3;
/** Milliseconds that a move may take, and a decision beyond its own limit. */
const [MAX_MOVE_MS, GRACE_MS] = [3_600_000, 60_000];

/** Returns why nothing can be written in the data directory, such as a full disk; `null` if something can. */
async function writeProblem({ paths }: Profile): Promise<string | null> {
  return await probeWrite(paths.own).then(() => null, messageOf);
}

/**
 * Returns why ticks do not complete; `null` if they do. A tick may be late by three intervals, wait for a back-off, for a
 * decision within its limit, and for a move for an hour.
 */
function tickProblem(status: Status, now: Date, maxDecideMs: number): string | null {
  const { pulse, last_tick, tick, data_dir } = status;
  const what = pulse.running ? `the pulse (pid ${pulse.pid}) is running` : "no pulse is running";
  const remedy = pulse.running ? "looop status" : "looop up";
  const limits = { observing: 0, deciding: maxDecideMs + GRACE_MS, acting: MAX_MOVE_MS };
  const isBusy = tick && now.getTime() - Date.parse(tick.since) <= limits[tick.doing];
  if (isBusy) return null;
  const intervalMs = pulse.interval_s * 1000;
  const next = Date.parse(last_tick?.next_at ?? "") || 0;
  const last = Date.parse(last_tick?.at ?? "") || 0;
  const limit = Math.max(last + LATE * intervalMs, next + (LATE - 1) * intervalMs);
  if (last_tick !== null && now.getTime() <= limit) return null;
  const why = last_tick?.error
    ? `ticks fail since: ${last_tick.error.why}`
    : tick
    ? `it is ${describeTick(tick, now)}; ${what}`
    : what;
  if (last_tick === null) return `${data_dir} has never ticked; ${why}: ${remedy}`;
  const age = duration(now.getTime() - last);
  return `the last tick of ${data_dir} was ${age} ago, and its interval is ${pulse.interval_s} s; ` +
    `${why}: ${remedy}`;
}
