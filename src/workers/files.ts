import { basename, join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { fileAge, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { isId } from "../schema/primitives.ts";
import type { Schema } from "../schema/schema.ts";
import {
  type Verification,
  verificationSchema,
  type WorkerEnd,
  workerEndSchema,
  type WorkerRecord,
  workerSchema,
} from "../schema/worker.ts";

/** Every path of one worker, absolute. */
export interface WorkerFiles {
  dir: string;
  record: string;
  prompt: string;
  /** The shell command that runs its agent. */
  command: string;
  /** All that its terminal printed. */
  transcript: string;
  exit: string;
  /** The end that it will have had, while it is being killed. */
  killing: string;
  /** Exit status of its command, until `exit` says it. */
  status: string;
  verification: string;
  /** `verify` was begun. */
  verifying: string;
  /** All that follows its end was done. */
  settled: string;
  /** Held while `verify` runs. */
  verifyLock: string;
  /** Of one in a sandbox: what it says to looop, a file each. It may write there. */
  inbox: string;
  /** What became of that. */
  replies: string;
  /** Of one in a sandbox: where it works. It may write there. */
  worktree: string;
  /** Of one in a sandbox: what its agent's program keeps. It may write there. */
  state: string;
  /** Pipe through which it gets its environment. */
  start: string;
}

/** What the files of a worker say. */
export interface WorkerFacts {
  record: WorkerRecord;
  end: WorkerEnd | null;
  /** It is to be killed, or was. */
  killing: WorkerEnd | null;
  verification: Verification | null;
  /** Milliseconds since 1970 when it last printed something; `null`: never. */
  printedAt: number | null;
}

/** Names the files of a worker by its directory. */
export function workerFilesIn(dir: string): WorkerFiles {
  const at = (name: string) => join(dir, name);
  return {
    dir,
    record: at("worker.json"),
    prompt: at("prompt.md"),
    command: at("command"),
    transcript: at("transcript"),
    exit: at("exit.json"),
    killing: at("killing.json"),
    status: at("status"),
    verification: at("verification.json"),
    verifying: at("verifying"),
    settled: at("settled"),
    verifyLock: at("verify.lock"),
    inbox: at("inbox"),
    replies: at("replies"),
    worktree: at("worktree"),
    state: at("state"),
    start: at("start"),
  };
}

/** Names the files of the worker that has this id now. */
export function workerFiles(paths: Paths, id: string): WorkerFiles {
  return workerFilesIn(join(paths.workers, id));
}

/** Those that tell how a worker stands, whichever machine looks. */
export function statusFiles(files: WorkerFiles): string[] {
  const { record, exit, killing, status, verification, verifying, settled } = files;
  return [record, exit, killing, status, verification, verifying, settled];
}

/** The directory in which a worker's program keeps its records: within a sandbox no other may be written to. */
export function recordsDir(files: WorkerFiles, sandbox: WorkerRecord["sandbox"]): string {
  return sandbox === "none" ? files.dir : files.state;
}

/** Reads what the files of a worker say; `null`: there is no worker, or it is only just being made. */
export async function readFacts(profile: Profile, files: WorkerFiles): Promise<WorkerFacts | null> {
  if (stat(files.record) === null) return null;
  const record = await read(files.record, workerSchema);
  if (!record) return null;
  const [end, killing, verification] = await Promise.all([
    readEnd(profile, files),
    readEndAt(files.killing),
    read(files.verification, verificationSchema),
  ]);
  const age = fileAge(files.transcript, 0);
  return { record, end, killing, verification, printedAt: age === null ? null : -age };
}

/** How a worker ended, as far as it said so itself; `null`: it did not. */
export async function readEnd({ clock }: Profile, files: WorkerFiles): Promise<WorkerEnd | null> {
  const end = await readEndAt(files.exit);
  if (end) return end;
  const status = await readTextIfPresent(files.status);
  if (status === null || !/^\d+$/.test(status)) return null;
  // Its wrapper is about to write exit.json, unless it was killed.
  const age = fileAge(files.status, clock.now().getTime()) ?? 0;
  return {
    exit_code: Number(status),
    at: new Date(clock.now().getTime() - age).toISOString(),
    how: "exited",
  };
}

/** Writes how a worker ended; durable. */
export async function writeEnd(files: WorkerFiles, end: WorkerEnd): Promise<void> {
  await replaceFile(files.exit, JSON.stringify(end) + "\n");
}

async function readEndAt(path: string): Promise<WorkerEnd | null> {
  return await read(path, workerEndSchema);
}

async function read<T>(path: string, schema: Schema<T>): Promise<T | null> {
  return await parseFile(path, schema, `Mend it, or delete it.`);
}

/** Ids of the workers that have an inbox, as those in a sandbox do. */
export function listInboxes({ workers }: Paths): string[] {
  const ids: string[] = [];
  for (const { name, isDirectory } of listDir(workers)) {
    if (!isDirectory || !isId(name) || name === "ended") continue;
    if (stat(join(workers, name, "inbox")) !== null) ids.push(name);
  }
  return ids;
}

/** Tells whether there are workers at all, ended ones whose end no decision has seen included. */
export function hasWorkers({ workers, workersEnded }: Paths): boolean {
  return listDir(workers).some(({ name }) => name !== basename(workersEnded));
}
