import { explainBwrap } from "../host/explain_bwrap.ts";
import { runProgram } from "../host/run_program.ts";
import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";
import { OutputTail } from "../model/output_tail.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { sandboxed } from "../profile/sandboxed.ts";

/** Seconds after which a command is killed. */
const TIMEOUT_S = 300;
/** How many characters of its output are kept. */
const TAIL = 2048;

/**
 * Runs a command in the data directory, in the sandbox that the config asks for. One that exits non-zero was made all
 * the same: its status and the end of its output, masked, are what the next decision reads.
 *
 * @param admitted `argv` of a simple command: started without a shell; `null`: bash reads the command. `access`: what
 * it may do in a sandbox beyond reading
 * @throws {UserError} where it cannot be started.
 */
export async function runCommand(
  profile: Profile,
  command: string,
  { argv, access }: Pick<Intent, "argv" | "access">,
  signal?: AbortSignal,
): Promise<Outcome> {
  const output = new OutputTail(profile.mask, TAIL);
  const end = await runProgram({
    argv: await sandboxed(profile, access, argv ?? ["bash", "-c", command]),
    cwd: profile.paths.dataDir,
    env: {
      ...childEnv(profile, access.env),
      // A pager would wait for a key, and a colour code tells a model nothing.
      ...{ PAGER: "cat", GIT_PAGER: "cat", NO_COLOR: "1", TERM: "dumb" },
    },
    deadlineMs: TIMEOUT_S * 1000,
    signal,
    onStdout: output.stream(),
    onStderr: output.stream(),
  });
  const done = { exit_code: end.status, output_tail: output.text(), paths: [] };
  if (end.ending === "killed") {
    return { ...done, status: "interrupted", summary: "was stopped before it ended" };
  }
  if (end.ending === "deadline") {
    return { ...done, status: "made", summary: `was killed after ${TIMEOUT_S} s` };
  }
  const unmade = profile.config.sandbox === "none" ? null : explainBwrap(end);
  if (unmade !== null) return { ...done, status: "failed", summary: unmade };
  return { ...done, status: "made", summary: `exit ${end.status}` };
}
