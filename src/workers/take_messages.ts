import { basename, join } from "@std/path";
import { ensureFolder } from "../host/ensure_folder.ts";
import { listNames } from "../host/list_names.ts";
import { readRegular } from "../host/read_regular.ts";
import { removeFile } from "../host/remove_file.ts";
import { takeFile } from "../host/take_file.ts";
import { type WorkerMessage, workerMessageSchema } from "../model/worker_message.ts";
import { messageOf } from "../model/user_error.ts";
import type { WorkerRecord } from "../model/worker.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import type { WorkerFiles } from "./worker_files.ts";

/** A message that was taken from a worker's inbox. */
export interface Taken {
  /** Its file's name, after which its reply is called. */
  name: string;
  message: WorkerMessage;
  /** Forgets it: it will not be carried out again. */
  done(): Promise<void>;
}

/** How many messages of a worker are taken at once; the others follow. */
const AT_ONCE = 1000;
/** Of one message. */
const MAX_BYTES = 1_000_000;
/** Of the folder itself: tens of thousands of files. */
const MAX_FOLDER_BYTES = 4 * 1024 * 1024;
const NAME = /^[\w-]{1,100}\.json$/;

/** Tells whether there may be a message in a worker's inbox, or one that was taken before a crash. */
export async function hasMessages(profile: Profile, record: WorkerRecord, files: WorkerFiles) {
  for (const folder of [heardFolder(profile, record), files.inbox]) {
    const names = await listNames(folder, MAX_FOLDER_BYTES);
    if (names === null || names.some((name) => NAME.test(name))) return true;
  }
  return false;
}

/**
 * Takes what a worker in a sandbox has put into its inbox, oldest first: moves each file to where the worker cannot
 * reach it, and only then looks at it. What is no message is dropped. The caller holds a lock, and carries out each
 * before it takes the next.
 */
export async function* takeMessages(
  profile: Profile,
  record: WorkerRecord,
  files: WorkerFiles,
): AsyncGenerator<Taken> {
  const heard = heardFolder(profile, record);
  ensureFolder(heard);
  // Those that a crash kept from being carried out.
  for (const name of await listNames(heard, Infinity) ?? []) {
    yield* look(profile, record, heard, name);
  }
  const names = await listNames(files.inbox, MAX_FOLDER_BYTES);
  if (names === null) {
    profile.warn(`the inbox of worker ${record.id} is flooded, so nothing that it says is heard`);
    return;
  }
  for (const name of names.filter((name) => NAME.test(name)).slice(0, AT_ONCE)) {
    if (!await takeFile(join(files.inbox, name), join(heard, name))) continue;
    yield* look(profile, record, heard, name);
  }
  // Empty again; else it is tried again.
  await removeFile(heard).catch(() => undefined);
}

async function* look(
  profile: Profile,
  { id }: WorkerRecord,
  folder: string,
  name: string,
): AsyncGenerator<Taken> {
  const path = join(folder, name);
  const done = () => removeFile(path).catch(() => undefined);
  try {
    const parsed = workerMessageSchema.safeParse(JSON.parse(readRegular(path, MAX_BYTES) ?? ""));
    if (parsed.success) return yield { name, message: parsed.data, done };
    await drop(`it has an unknown form`);
  } catch (error) {
    await drop(messageOf(error));
  }

  async function drop(why: string): Promise<void> {
    await done();
    await appendEvent(profile, { event: "message_dropped", worker: id, file: name, why });
    profile.warn(`worker ${id} has put into its inbox what is no message: it is dropped`);
  }
}

function heardFolder({ paths }: Profile, { id, generation }: WorkerRecord): string {
  return join(paths.heard, `${id}.${generation}`);
}

/** Where the reply to a message is. */
export function replyPath(files: WorkerFiles, name: string): string {
  return join(files.replies, basename(name));
}
