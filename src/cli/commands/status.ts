import { duration } from "../../schema/text.ts";
import type { Finding } from "../../doctor/check.ts";
import { doctor } from "../../doctor/doctor.ts";
import { readStatus } from "../../loop/status.ts";
import { type ConfigError, UsageError, UserError } from "../../schema/errors.ts";
import type { Status } from "../../schema/status.ts";
import { type Command, FAILED, OK } from "../command.ts";
import { manualSections } from "../help.ts";
import { renderFinding, renderFindings, renderStatus } from "../output/status.ts";
import { viewOf } from "../output/view.ts";

/** `looop status`: prints the state of the profile. */
export const statusCommand: Command = {
  usage: "looop status [--json] [--full] [--check]",
  async run({ switches, print, open }) {
    const full = switches.has("full");
    if (full && !switches.has("json")) {
      throw new UsageError("--full needs --json; looop watch shows all of it on one screen");
    }
    const profile = await open();
    const status = full ? await readStatus(profile, { full }) : await readStatus(profile);
    const now = profile.clock.now();
    // For cron, a successful check prints nothing.
    if (switches.has("json") || !switches.has("check")) {
      await print(status, (view) => renderStatus(status, view, now));
    }
    if (switches.has("check")) checkTicking(status, now);
  },
};

/** A tick may be late by this many intervals. */
const LATE = 3;

/** @throws {UserError} if the last tick is older than three intervals, or there was none. */
function checkTicking({ pulse, last_tick, data_dir }: Status, now: Date): void {
  const what = pulse.running ? `the pulse (pid ${pulse.pid}) is running` : "no pulse is running";
  const remedy = pulse.running ? "looop status" : "looop up";
  if (last_tick === null) throw new UserError(`${data_dir} has never ticked; ${what}: ${remedy}`);
  const age = now.getTime() - Date.parse(last_tick.at);
  if (age <= LATE * pulse.interval_s * 1000) return;
  throw new UserError(
    `the last tick of ${data_dir} was ${
      duration(age)
    } ago, and its interval is ${pulse.interval_s} s; ` +
      `${what}: ${remedy}`,
  );
}

/** `looop doctor`: checks everything that looop needs, and prints a fix for each problem. */
export const doctorCommand: Command = {
  usage: "looop doctor [--live] [--json]",
  async run({ terminal, switches, signal, print, open }) {
    const json = switches.has("json");
    const bad: ConfigError[] = [];
    const profile = await open({ onBadConfig: (error) => void bad.push(error) });
    const view = await viewOf(terminal);
    const all: Finding[] = [];
    const checks = doctor(profile, {
      configError: bad[0] ?? null,
      variables: namedVariables(),
      live: switches.has("live"),
      signal,
      onWait: (name) => json || terminal.status(view.dim(`checking ${name} …`)),
    });
    try {
      for await (const findings of checks) {
        all.push(...findings);
        if (!json) terminal.out(findings.map((one) => renderFinding(one, view)).join(""));
      }
    } finally {
      // Otherwise the status line would remain after a signal.
      if (!json) terminal.status("");
    }
    const isFine = all.every(({ level }) => level !== "fail");
    await print({ checks: all, ok: isFine }, () => renderFindings(all, view));
    return isFine ? OK : FAILED;
  },
};

/** The variables that the manual names, which are all that looop reads. */
function namedVariables(): string[] {
  const section = manualSections().find(({ name }) => name === "environment")?.text ?? "";
  return section.match(/\bLOOOP_[A-Z_]+/g) ?? [];
}
