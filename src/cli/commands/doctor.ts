import type { Finding } from "../../doctor/check.ts";
import { doctor } from "../../doctor/doctor.ts";
import { type Command, FAILED, OK } from "../command.ts";
import { manualSections } from "../help.ts";
import { renderFinding, renderFindings } from "../output/status.ts";
import { viewOf } from "../output/view.ts";

/** `looop doctor`: checks everything that looop needs, and prints a fix for each problem. */
export const doctorCommand: Command = {
  usage: "looop doctor [--live] [--json]",
  badConfig: "shown",
  async run({ terminal, switches, signal, print, open }) {
    const json = switches.has("json");
    const profile = await open({ badConfig: "any" });
    const view = await viewOf(terminal);
    const all: Finding[] = [];
    const checks = doctor(profile, {
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
