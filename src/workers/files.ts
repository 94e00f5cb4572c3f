import { join } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { fileAge, kindAt } from "../os/stat.ts";
import { listUpTo } from "../os/untrusted_dirs.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { isId, type Schema } from "../schema/schema.ts";
import {
  type Resumption,
  resumptionSchema,
  type Verification,
  verificationSchema,
  type WorkerEnd,
  workerEndSchema,
  type WorkerRecord,
  workerSchema,
  type Worktree,
  worktreeSchema,
} from "../schema/worker.ts";

/** The files and directories of one worker, relative to its directory. */
const NAMES = {
  record: "worker.json",
  prompt: "prompt.md",
  /** The shell command that runs its agent. */
  command: "command",
  /** All output of its terminal. */
  transcript: "transcript",
  exit: "exit.json",
  /** While it is being killed: what `exit` will be. */
  killing: "killing.json",
  /** Exit status of its command, until `exit` is written. */
  status: "status",
  verification: "verification.json",
  /** `verify` was started. */
  verifying: "verifying",
  /** Everything that follows its end is done. */
  settled: "settled",
  /** How far looop is in continuing it. */
  resumption: "resumption.json",
  /** The first message of its agent's last continued session. */
  message: "message.md",
  /** Held while `verify` runs. */
  verifyLock: "verify.lock",
  /** In a sandbox: its messages to looop, a file each. It may write there. */
  inbox: "inbox",
  /** The replies to those. */
  replies: "replies",
  /** In a sandbox: its working directory, unless it has a worktree of a repository. It may write there. */
  worktree: "worktree",
  /** Which worktree of a repository looop made for it. */
  tree: "worktree.json",
  /** Why `looop prune` keeps that. */
  kept: "kept",
  /** In a sandbox: the records of its agent. It may write there. */
  state: "state",
  /** Messages to it that have not reached it, a file each. */
  messages: "messages",
  /** Those that have, a line each. */
  delivered: "delivered.jsonl",
  /** Pipe through which it receives its environment. */
  start: "start",
} as const;

/** Every path of one worker, absolute. */
export type WorkerFiles = Record<"dir" | keyof typeof NAMES, string>;

/** The content of a worker's files. */
export interface WorkerFacts {
  record: WorkerRecord;
  end: WorkerEnd | null;
  /** A kill has begun. */
  killing: WorkerEnd | null;
  verification: Verification | null;
  /** `null`: it was never continued. */
  resumption: Resumption | null;
  /** The worktree that looop made for it. Default: `null`, none. */
  worktree?: Worktree | null;
  /** Milliseconds since 1970 of its last output; `null`: none yet. */
  printedAt: number | null;
  /** The number of messages that have not reached it. Default: 0. */
  undelivered?: number;
}

/** Returns the paths of a worker by its directory. */
export function workerFilesIn(dir: string): WorkerFiles {
  const paths = Object.entries(NAMES).map(([key, name]) => [key, join(dir, name)]);
  return { dir, ...Object.fromEntries(paths) } as WorkerFiles;
}

/** Returns the paths of the current worker with this id. */
export function workerFiles(paths: Paths, id: string): WorkerFiles {
  return workerFilesIn(join(paths.workers, id));
}

/** Returns the paths of an archived worker. */
export function endedFiles(
  { paths }: Profile,
  { id, generation }: Pick<WorkerRecord, "id" | "generation">,
): WorkerFiles {
  return workerFilesIn(join(paths.workersEnded, `${id}.${generation}`));
}

/**
 * Returns the paths of the current worker with this id, otherwise of the last archived one.
 *
 * @throws {UserError} if there was none.
 */
export function latestFiles(paths: Paths, id: string): WorkerFiles {
  const files = workerFiles(paths, id);
  if (isId(id) && kindAt(files.record) === "file") return files;
  const ended = listDir(paths.workersEnded).findLast(({ name }) => name.startsWith(`${id}.`));
  if (ended) return workerFilesIn(join(paths.workersEnded, ended.name));
  throw new UserError(`there is no worker ${id}: looop ls --all lists them, ended ones too`);
}

/** Returns the files that hold the status of a worker on any machine. */
export function statusFiles(files: WorkerFiles): string[] {
  const { record, exit, killing, status, verification, verifying, settled, resumption } = files;
  return [record, exit, killing, status, verification, verifying, settled, resumption];
}

/** The directory for the records of a worker's agent: in a sandbox it may write to no other. */
export function recordsDir(files: WorkerFiles, sandbox: WorkerRecord["sandbox"]): string {
  return sandbox === "none" ? files.dir : files.state;
}

/** Reads the files of a worker; `null` where there is none, or it is being started. */
export async function readFacts(profile: Profile, files: WorkerFiles): Promise<WorkerFacts | null> {
  const record = await read(files.record, workerSchema);
  if (!record) return null;
  const resumption = await read(files.resumption, resumptionSchema);
  const [end, worktree, killing, verification] = await Promise.all([
    readEnd(profile, files, resumption),
    readWorktree(files),
    read(files.killing, workerEndSchema),
    read(files.verification, verificationSchema),
  ]);
  const age = fileAge(files.transcript, 0);
  const undelivered = (await messageNames(files)).length;
  return {
    ...{ record, end, killing, verification, resumption, worktree },
    printedAt: age === null ? null : -age,
    ...(undelivered > 0 ? { undelivered } : {}),
  };
}

/** Reads which worktree looop made for a worker, or was about to make; `null`: none. */
export async function readWorktree({ tree }: WorkerFiles): Promise<Worktree | null> {
  return await read(tree, worktreeSchema);
}

/** A worker without a sandbox could write any number. */
const MAX_MESSAGES = 200;

/** Lists the messages that wait for a worker, oldest first; of more than {@linkcode MAX_MESSAGES}, so many. */
export async function messageNames({ messages }: Pick<WorkerFiles, "messages">): Promise<string[]> {
  const { names } = await listUpTo(messages, MAX_MESSAGES);
  // Others are being written.
  return names.filter((name) => name.endsWith(".json") && !name.startsWith("."));
}

/** The status of a program that was ended by HUP, KILL or TERM. */
const SHUT_DOWN = ["129", "137", "143"];

/** Reads how a worker ended, as far as its files say; `null` otherwise. */
export async function readEnd(
  { clock }: Profile,
  files: WorkerFiles,
  resumption: Resumption | null,
): Promise<WorkerEnd | null> {
  const end = await read(files.exit, workerEndSchema);
  // That of the session which looop ends in order to continue it.
  const ofSession = end === null || end.how === "exited" || end.how === "lost";
  if (resumption?.phase === "stopping" && ofSession) return null;
  if (end) return end;
  const status = await readTextIfPresent(files.status);
  if (status === null || !/^\d+$/.test(status)) return null;
  // The machine was shut down: its wrapper was ended with it, before it could write exit.json.
  if (SHUT_DOWN.includes(status)) return null;
  // Its wrapper is about to write exit.json, unless it was killed.
  const age = fileAge(files.status, clock.now().getTime()) ?? 0;
  const at = new Date(clock.now().getTime() - age).toISOString();
  return { exit_code: Number(status), at, how: "exited" };
}

async function read<T>(path: string, schema: Schema<T>): Promise<T | null> {
  return await parseFile(path, schema, "Fix it or delete it.");
}
