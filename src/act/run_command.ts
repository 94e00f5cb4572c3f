import { explainBwrap } from "../host/explain_bwrap.ts";
import { runProgram } from "../host/run_program.ts";
import type { Intent } from "../model/intent.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Profile } from "../profile/profile.ts";
import { sandboxed } from "../profile/sandboxed.ts";

/** Seconds after which a command is killed. */
const TIMEOUT_S = 300;
/** How many characters of its output are kept. */
const TAIL = 2048;

/**
 * Runs a command in the data directory, in the sandbox that the config asks for. One that exits non-zero was made all
 * the same: its status and the end of its output are what the next decision reads.
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
  let tail = "";
  const keep = () => {
    // One each: a chunk may end within a character that the other stream does not go on with.
    const decoder = new TextDecoder();
    return (chunk: Uint8Array) => {
      tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4 * TAIL);
    };
  };
  const end = await runProgram({
    argv: await sandboxed(profile, access, argv ?? ["bash", "-c", command]),
    cwd: profile.paths.dataDir,
    // A pager would wait for a key, and a colour code tells a model nothing.
    env: { ...profile.environment, PAGER: "cat", GIT_PAGER: "cat", NO_COLOR: "1", TERM: "dumb" },
    deadlineMs: TIMEOUT_S * 1000,
    signal,
    onStdout: keep(),
    onStderr: keep(),
  });
  const output_tail = plain(tail).slice(-TAIL).toWellFormed();
  const done = { exit_code: end.status, output_tail, paths: [] };
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

/** Without terminal control sequences and other characters that show nothing. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/[^\P{Cc}\n\t]/gu, "").trim();
}
