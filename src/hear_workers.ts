import { join } from "@std/path";
import { ensureFolder } from "./host/ensure_folder.ts";
import { fileAge } from "./host/file_age.ts";
import { listFolder } from "./host/list_folder.ts";
import { lock } from "./host/lock.ts";
import { isId } from "./model/id.ts";
import type { Paths } from "./profile/paths.ts";
import type { Profile } from "./profile/profile.ts";

/** Ids of the workers that have an inbox, as those in a sandbox do. */
export function listSpeakers({ workers }: Paths): string[] {
  const ids: string[] = [];
  for (const { name, isDirectory } of listFolder(workers)) {
    if (!isDirectory || !isId(name) || name === "ended") continue;
    if (fileAge(join(workers, name, "inbox"), 0) !== null) ids.push(name);
  }
  return ids;
}

/**
 * Hears what workers in a sandbox have said so far, and does it. Several looops can do so at a time. Never throws for
 * what a worker says.
 *
 * @param only this worker alone
 */
export async function hearWorkers(profile: Profile, only?: string): Promise<void> {
  const speakers = listSpeakers(profile.paths);
  await Promise.all(
    speakers.filter((id) => only === undefined || id === only).map((id) => hear(profile, id)),
  );
}

async function hear(profile: Profile, id: string): Promise<void> {
  const { carryOut, forgetReplies, hasMessages, readFacts, sayHow, takeMessages, workerFiles } =
    await import("./hearing.ts");
  const files = workerFiles(profile.paths, id);
  // Mostly there is nothing, which takes no lock to see.
  const facts = await readFacts(profile, files).catch(() => null);
  if (!facts || !await hasMessages(profile, facts.record, files)) return;
  ensureFolder(profile.paths.heard);
  using _ = await lock(join(profile.paths.heard, `${id}.lock`));
  for await (const { name, message, done } of takeMessages(profile, facts.record, files)) {
    // Done twice after a crash, all but this comes to the same.
    if (message.say === "cost") await done();
    await sayHow(files, name, carryOut(profile, facts.record, message));
    await done();
  }
  await forgetReplies(files);
}
