import type { Finding } from "../../doctor/check.ts";
import { doctor } from "../../doctor/doctor.ts";
import { readStatus } from "../../loop/status.ts";
import { type ConfigError, UserError } from "../../schema/errors.ts";
import type { Status } from "../../schema/status.ts";
import type { Command } from "../command.ts";
import { manualSections } from "../help.ts";
import { FAILED, OK } from "../command.ts";
import { renderFinding, renderFindings, renderStatus } from "../output/status.ts";
import { safeJson } from "../output/text.ts";
import { duration, viewOf } from "../output/view.ts";

/** `looop status`: how the profile stands. */
export const statusCommand: Command = {
  usage: "looop status [--json] [--check]",
  switches: ["json", "check"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, open }) {
    const profile = await open();
    const status = await readStatus(profile);
    const now = profile.clock.now();
    if (switches.has("json")) terminal.out(`${safeJson(status)}\n`);
    // A silent success, as cron wants it.
    else if (!switches.has("check")) {
      terminal.out(renderStatus(status, await viewOf(terminal), now));
    }
    if (switches.has("check")) checkTicking(status, now);
    return OK;
  },
};

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

/** `looop doctor`: looks at all that looop needs, and says what to do about what is wrong. */
export const doctorCommand: Command = {
  usage: "looop doctor [--live] [--json]",
  switches: ["live", "json"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, signal, open }) {
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
      onWait: (name) => json || terminal.status(view.dim(`looking at ${name} …`)),
    });
    try {
      for await (const findings of checks) {
        all.push(...findings);
        if (!json) terminal.out(findings.map((one) => renderFinding(one, view)).join(""));
      }
    } finally {
      // What is being looked at would stand there for ever when looop is stopped.
      if (!json) terminal.status("");
    }
    const isFine = all.every(({ level }) => level !== "fail");
    terminal.out(
      json ? `${safeJson({ checks: all, ok: isFine })}\n` : renderFindings(all, view),
    );
    return isFine ? OK : FAILED;
  },
};

/** The variables that the manual names: all there are. */
function namedVariables(): string[] {
  const section = manualSections().find(({ name }) => name === "environment")?.text ?? "";
  return section.match(/\bLOOOP_[A-Z_]+/g) ?? [];
}
