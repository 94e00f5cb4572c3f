import type { Finding } from "../doctor/finding.ts";
import type { ConfigError } from "../model/user_error.ts";
import type { Command } from "./command.ts";
import { FAILED, OK } from "./exit_codes.ts";
import { manualSections } from "./manual.ts";
import { renderFinding, renderFindings } from "./render_finding.ts";
import { safeJson } from "./safe_text.ts";
import { viewOf } from "./view.ts";

/** `looop doctor`: looks at all that looop needs, and says what to do about what is wrong. */
export const doctorCommand: Command = {
  usage: "looop doctor [--live] [--json]",
  switches: ["live", "json"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, signal, open }) {
    const json = switches.has("json");
    const bad: ConfigError[] = [];
    const profile = await open({ onBadConfig: (error) => void bad.push(error) });
    const { doctor } = await import("../doctor/doctor.ts");
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
