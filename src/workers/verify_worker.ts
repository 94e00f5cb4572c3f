import { fileAge } from "../host/file_age.ts";
import { tryLock } from "../host/lock.ts";
import { replaceFile } from "../host/replace_file.ts";
import { runProgram } from "../host/run_program.ts";
import { OutputTail } from "../model/output_tail.ts";
import type { Verification, WorkerRecord } from "../model/worker.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import type { WorkerFiles } from "./worker_files.ts";

/** What is to be known of a worker for its `verify`. */
type Verifiable = Pick<WorkerRecord, "id" | "verify" | "verify_access">;

/** Seconds after which `verify` is killed. */
const TIMEOUT_S = 60;
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
  if (verify === null || await fileAge(files.verification, 0) !== null) return true;
  using lock = await tryLock(files.verifyLock);
  if (!lock) return false;
  if (await fileAge(files.verification, 0) !== null) return true;
  const begun = await fileAge(files.verifying, 0) !== null;
  if (!begun) await replaceFile(files.verifying, "");
  const result = begun
    ? failed(137, "looop was stopped while this ran; it is not run again")
    : await runVerify(profile, { ...record, verify }, signal);
  await replaceFile(files.verification, JSON.stringify(result) + "\n");
  return true;
}

async function runVerify(
  profile: Profile,
  { id, verify, verify_access: access }: Verifiable & { verify: string },
  signal?: AbortSignal,
): Promise<Verification> {
  const kept = new OutputTail(profile.mask, TAIL);
  const { status, ending } = await runProgram({
    argv: ["bash", "-c", verify],
    cwd: profile.paths.dataDir,
    env: {
      ...childEnv(profile, access.env),
      ...{ LOOOP_SESSION_ID: id, TERM: "dumb", NO_COLOR: "1" },
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
