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
import { type Profile, refreshConfig } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Goal } from "../schema/world.ts";
import type { FileChange, SetupPlan } from "./plan.ts";

/**
 * Writes what the user confirmed, under the move lock, journaled and committed as an edit of the user. A new profile
 * gets its starter files first.
 *
 * @throws {UserError} if a file changed after it was shown: then nothing is written.
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
        `cannot write ${name}: it changed after it was shown, and nothing was written; run looop init again`,
      );
    }
    const inside = changes.filter(({ expected, after }) => expected !== after)
      .map(({ path }) => relative(paths.dataDir, path)).filter((path) => !path.startsWith(".."));
    const files = [...inside, ...archives ? ["goals/setup.md"] : []];
    const event = { event: "init", files };
    const write = async () => {
      for (const change of changes) await writeFile(profile, change);
      if (archives === null) return;
      const digest = await sha256Hex(readBytes(join(paths.goals, "setup.md")));
      await archiveGoal(profile, "setup", { "goals/setup.md": digest });
      await closeSetupAsks(profile, archives);
    };
    if (files.length > 0) {
      return { what: `set up with looop init: ${files.join(", ")}`, event, write };
    }
    // The config is outside the profile, so it is not in its history.
    await write();
    await appendEvent(profile, event);
    return null;
  }, signal);
  // Keeps a copy of the config that was written.
  await refreshConfig(profile);
}

async function writeFile(
  { paths }: Profile,
  { path, expected, after }: FileChange,
): Promise<void> {
  if (expected === after) return;
  const mode = dirname(path) === paths.sensors ? 0o700 : 0o600;
  ensureDir(dirname(path));
  if (expected === null) return await createFile(path, after, mode);
  // A symlink stays one.
  const target = stat(path)?.isSymlink ? await realPath(path) ?? path : path;
  await replaceFile(target, after, { mode });
}

/** Closes open asks of the starter goal's rules, which the starter goal of 0.1.0 had. */
async function closeSetupAsks(profile: Profile, { rules }: Goal): Promise<void> {
  const questions = rules.flatMap(({ do: move }) => move.action === "ask" ? [move.question] : []);
  using _ = await lock(profile.paths.asksLock);
  const { asks } = await listAsks(profile);
  for (const ask of asks) {
    const isOfSetup = ask.worker === undefined && ask.kind === "question" &&
      questions.includes(ask.question);
    if (isOfSetup && !ask.answer) await closeAsk(profile, ask, "set_up");
  }
}
