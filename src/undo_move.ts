import { dirname, join } from "@std/path";
import { findUndo, type Undo } from "./find_undo.ts";
import { removeFile } from "./host/remove_file.ts";
import { replaceFile, syncFolder } from "./host/replace_file.ts";
import { makeEdit } from "./make_edit.ts";
import type { Profile } from "./profile/profile.ts";
import { readState, writeState } from "./profile/state_file.ts";

/**
 * Takes back what the last move wrote, as {@linkcode makeEdit} does: for the loop it is a change by the person, on
 * which it decides again. Safe to do again after a crash.
 *
 * @throws {UserError} where it cannot be undone, saying why.
 */
export async function undoMove(profile: Profile, signal?: AbortSignal): Promise<Undo> {
  const edit = await makeEdit(profile, async () => {
    const undo = await findUndo(profile);
    const { move, files } = undo;
    const why = move.why.replace(/^~ /, "");
    return {
      undo,
      what: `undid move ${move.rev}: ${why}`,
      tainted: why !== move.why,
      event: { event: "undo", run: move.run_id, paths: files.map(({ path }) => path) },
      write: () => takeBack(profile, undo),
    };
  }, signal);
  return edit!.undo;
}

async function takeBack(profile: Profile, { files }: Undo): Promise<void> {
  const { dataDir } = profile.paths;
  // What comes back is there before what goes: an archived goal is never in neither place.
  for (const { path, before } of files) {
    if (before === null) continue;
    const mode = path.startsWith("sensors/") ? 0o700 : 0o600;
    await replaceFile(join(dataDir, path), before, { mode });
  }
  for (const { path, before } of files) {
    if (before !== null) continue;
    await removeFile(join(dataDir, path));
    await syncFolder(dirname(join(dataDir, path)));
  }
  // A sensor that no tick has run yet is gone without a trace in the world.
  if (files.every(({ path }) => path.startsWith("sensors/"))) {
    await writeState(profile, { ...await readState(profile), again: true });
  }
}
