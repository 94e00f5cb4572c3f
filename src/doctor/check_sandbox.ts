import { explainBwrap } from "../host/explain_bwrap.ts";
import { runProgram } from "../host/run_program.ts";
import { childEnv } from "../profile/child_env.ts";
import { sandboxed, sandboxProblem } from "../profile/sandboxed.ts";
import type { Check } from "./check.ts";
import { fail, ok } from "./finding.ts";

/** Starts something in the sandbox that the config asks for. */
export const checkSandbox: Check = {
  name: "sandbox",
  needsProfile: true,
  needsConfig: true,
  async run({ profile, signal }) {
    if (profile.config.sandbox === "none") return [ok("sandbox", "none, as the config says")];
    if (sandboxProblem(profile) !== null) {
      const found = "bubblewrap is not there, and nothing is run without it (it needs Linux)";
      return [fail("sandbox", found, "apt install bubblewrap")];
    }
    const access = { network: false, write: [], env: [] };
    const end = await runProgram({
      argv: await sandboxed(profile, access, ["true"]),
      cwd: profile.paths.dataDir,
      env: childEnv(profile),
      deadlineMs: 8000,
      signal,
    });
    if (end.status === 0) return [ok("sandbox", "bwrap starts programs")];
    const why = explainBwrap(end) ??
      `bwrap ended with status ${end.status}: ${end.stderrTail.trim().slice(-300)}`;
    return [fail("sandbox", why, "bwrap --ro-bind / / true")];
  },
};
