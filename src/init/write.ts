import { dirname, join, relative } from "@std/path";
import { archiveGoal } from "../act/files.ts";
import { makeEdit } from "../documents/edit.ts";
import { closeAsk, listAsks } from "../inbox/asks.ts";
import { ensureDir } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { readBytes, readTextIfPresent } from "../os/read.ts";
import { realPath, stat } from "../os/stat.ts";
import { createFile, replaceFile } from "../os/write.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Goal } from "../schema/world.ts";
import type { FileChange, SetupPlan } from "./plan.ts";

/**
 * Writes what the person has said yes to: under the lock that moves are made under, journaled and committed as an edit
 * of theirs. A new profile gets its starter files first.
 *
 * @throws {UserError} where a file is not what was shown any more: then nothing is written.
 */
export async function writeSetup(
  profile: Profile,
  { changes, archives }: SetupPlan,
  signal?: AbortSignal,
): Promise<void> {
  const { paths } = profile;
  await ensureProfile(profile);
  await makeEdit(profile, async () => {
    for (const { name, path, expected } of changes) {
      if (await readTextIfPresent(path) === expected) continue;
      throw new UserError(
        `cannot write ${name}: it has changed since it was shown, and nothing was written; looop init shows it anew`,
      );
    }
    // Starter files stand there by now.
    const inside = changes.filter(({ expected, after }) => expected !== after)
      .map(({ path }) => relative(paths.dataDir, path)).filter(isInside);
    const files = [...inside, ...archives ? ["goals/setup.md"] : []];
    const event = { event: "init", files };
    const write = async () => {
      for (const change of changes) await writeFile(change);
      if (archives === null) return;
      await archiveSetup(profile);
      await closeSetupAsks(profile, archives);
    };
    if (files.length > 0) {
      return { what: `set up with looop init: ${files.join(", ")}`, event, write };
    }
    // The config is none of the profile's files, and has no place in its history.
    await write();
    await appendEvent(profile, event);
    return null;
  }, signal);
}

async function writeFile({ path, expected, after, mode }: FileChange): Promise<void> {
  if (expected === after) return;
  ensureDir(dirname(path));
  if (expected === null) return await createFile(path, after, mode);
  // A link of the person's to where they keep the file stays one.
  const target = stat(path)?.isSymlink ? await realPath(path) ?? path : path;
  await replaceFile(target, after, { mode });
}

async function archiveSetup(profile: Profile): Promise<void> {
  const path = join(profile.paths.goals, "setup.md");
  const digest = await sha256Hex(readBytes(path));
  await archiveGoal(profile, "setup", { "goals/setup.md": digest });
}

function isInside(path: string): boolean {
  return !path.startsWith("..");
}

/** Closes what the rules of the starter goal have asked: whoever has set looop up need not answer it any more. */
export async function closeSetupAsks(profile: Profile, { rules }: Goal): Promise<void> {
  const questions = rules.flatMap(({ do: move }) => move.action === "ask" ? [move.question] : []);
  using _ = await lock(profile.paths.asksLock);
  const { asks } = await listAsks(profile);
  for (const ask of asks) {
    const isOfSetup = ask.worker === undefined && ask.kind === "question" &&
      questions.includes(ask.question);
    if (isOfSetup && !ask.answer) await closeAsk(profile, ask, "set_up");
  }
}
