import { listFolder } from "./host/list_folder.ts";
import { removeFile } from "./host/remove_file.ts";
import { replaceFile } from "./host/replace_file.ts";
import { messageOf } from "./model/user_error.ts";
import type { WorkerReply } from "./model/worker_message.ts";
import { replyPath } from "./workers/take_messages.ts";
import type { WorkerFiles } from "./workers/worker_files.ts";

/** How many replies are kept: whoever waits for one reads it at once. */
const KEPT = 500;

/** Replies to a message with what became of it; a bug of looop too is only told to the worker. */
export async function sayHow(
  files: WorkerFiles,
  name: string,
  doing: Promise<string | null>,
): Promise<void> {
  const reply: WorkerReply = await doing.then(
    (value) => ({ done: true, value }),
    (error) => ({ done: false, why: messageOf(error) }),
  );
  await replaceFile(replyPath(files, name), JSON.stringify(reply), { durable: false });
}

/** Removes the oldest replies where there are too many. */
export async function forgetReplies(files: WorkerFiles): Promise<void> {
  const old = listFolder(files.replies).map(({ name }) => name).slice(0, -KEPT);
  for (const name of old) await removeFile(replyPath(files, name));
}
