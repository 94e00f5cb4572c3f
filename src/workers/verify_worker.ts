import { fileAge } from "../host/file_age.ts";
import { tryLock } from "../host/lock.ts";
import { replaceFile } from "../host/replace_file.ts";
import { runProgram } from "../host/run_program.ts";
import { OutputTail } from "../model/output_tail.ts";
import { messageOf } from "../model/user_error.ts";
import type { Verification, WorkerRecord } from "../model/worker.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import type { WorkerFiles } from "./worker_files.ts";
import { verifyArgv } from "./worker_sandbox.ts";

/** What is to be known of a worker for its `verify`. */
type Verifiable = Pick<WorkerRecord, "id" | "verify" | "verify_access" | "sandbox">;

/** Seconds after which `verify` is killed. */
const TIMEOUT_S = 60;
/** The status of what cannot be started, as a shell has it. */
const NOT_STARTED = 126;
/** How many characters of its output are kept. */
const TAIL = 2048;

/**
 * Runs the `verify` command of a worker that ended, unless that was done before, and keeps its result. It never
 * runs twice: where looop died meanwhile, the result is that it did not pass.
 *
 * @returns `false` where another looop is just running it.
 */
export async function verifyWorker(
  profile: Profile,
  record: Verifiable,
  files: WorkerFiles,
  signal?: AbortSignal,
): Promise<boolean> {
  const { verify } = record;
  if (verify === null || fileAge(files.verification, 0) !== null) return true;
  using lock = await tryLock(files.verifyLock);
  if (!lock) return false;
  if (fileAge(files.verification, 0) !== null) return true;
  const begun = fileAge(files.verifying, 0) !== null;
  if (!begun) await replaceFile(files.verifying, "");
  const result = begun
    ? failed(137, "looop was stopped while this ran; it is not run again")
    : await runVerify(profile, { ...record, verify }, files, signal);
  await replaceFile(files.verification, JSON.stringify(result) + "\n");
  return true;
}

async function runVerify(
  profile: Profile,
  record: Verifiable & { verify: string },
  files: WorkerFiles,
  signal?: AbortSignal,
): Promise<Verification> {
  const { id, verify, verify_access: access, sandbox } = record;
  const kept = new OutputTail(profile.mask, TAIL);
  let argv: string[];
  try {
    argv = await verifyArgv(profile, record, files, ["bash", "-c", verify]);
  } catch (error) {
    return failed(NOT_STARTED, messageOf(error));
  }
  const { status, ending } = await runProgram({
    argv,
    cwd: profile.paths.dataDir,
    env: {
      ...childEnv(profile, access.env),
      ...{ LOOOP_SESSION_ID: id, TERM: "dumb", NO_COLOR: "1" },
      ...(sandbox === "none" ? {} : { LOOOP_WORKTREE: files.worktree }),
    },
    deadlineMs: TIMEOUT_S * 1000,
    signal,
    onStdout: kept.stream(),
    onStderr: kept.stream(),
  });
  const output = kept.text();
  if (ending === "deadline") return failed(status, `${output}\nwas killed after ${TIMEOUT_S} s`);
  if (ending === "killed") return failed(status, `${output}\nwas stopped with looop`);
  return { passed: status === 0, exit_code: status, output_tail: output };
}

function failed(exit_code: number, output: string): Verification {
  return { passed: false, exit_code, output_tail: output.trim().slice(-TAIL) };
}
