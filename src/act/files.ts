import { dirname, join } from "@std/path";
import { removeFile } from "../os/dirs.ts";
import { readBytes } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import { replaceFile, syncDir } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import type { AdmittedWrite } from "../schema/action.ts";
import type { Intent, Outcome } from "../schema/decision.ts";
import { sha256Hex } from "../schema/json.ts";
import { scriptProblem } from "../sense/header.ts";

/**
 * Writes or removes a file of the data directory, unless it was changed since the decider saw it. A file that already has
 * the content counts as written: the move may be repeated after a crash.
 *
 * @param path relative to the data directory
 * @param content `null`: remove the file
 */
export async function writeGuarded(
  { paths }: Profile,
  path: string,
  content: string | null,
  digests: Intent["digests"],
  mode = 0o600,
): Promise<Outcome> {
  const target = join(paths.dataDir, path);
  const found = await digestOf(target);
  if (found !== (content === null ? null : await sha256Hex(content))) {
    if (found !== (digests[path] ?? null)) return changedMeanwhile(path, found);
    await replaceOrRemove(target, content, mode);
  }
  const summary = `${content === null ? "removed" : "wrote"} ${path}`;
  return { status: "made", summary, paths: [path] };
}

/** Returns what is wrong with a sensor's script, in one line; `null` if nothing is, and for other files. */
export function writeProblem({ path, content }: AdmittedWrite): string | null {
  return path.startsWith("sensors/") && content !== null
    ? scriptProblem(path.slice("sensors/".length), content)
    : null;
}

/** Gives a file this content; `null`: removes it. Durable. */
export async function replaceOrRemove(
  path: string,
  content: string | Uint8Array | null,
  mode = 0o600,
): Promise<void> {
  if (content !== null) return await replaceFile(path, content, { mode });
  await removeFile(path);
  await syncDir(dirname(path));
}

/** SHA-256 of a file's bytes; `null` if there is none. */
export async function digestOf(path: string): Promise<string | null> {
  return kindAt(path) === "nothing" ? null : await sha256Hex(readBytes(path));
}

/** The outcome of a move that would overwrite another change. */
function changedMeanwhile(path: string, found: string | null): Outcome {
  const what = found === null ? "is gone" : "was changed";
  const summary = `${path} ${what} since this was decided; it was not overwritten`;
  return { status: "failed", summary, paths: [] };
}

/** How many archived goals can share an id: `fix-ci.md`, `fix-ci-2.md`, … */
const MAX_SAME_ID = 1000;

/**
 * Moves a goal to `goals/archive/`, unless it was changed since the decider saw it. An archived goal of the same id stays:
 * the new one gets the next free number.
 */
export async function archiveGoal(
  { paths }: Profile,
  id: string,
  digests: Intent["digests"],
): Promise<Outcome> {
  const path = `goals/${id}.md`;
  if (kindAt(join(paths.dataDir, path)) === "nothing") {
    // It was moved before a crash, or removed by someone else: either way nothing is left to do.
    const archived = await findPlace(paths.dataDir, id, digests[path] ?? null);
    return { status: "made", summary: `${path} is not there any more`, paths: [path, archived] };
  }
  const bytes = readBytes(join(paths.dataDir, path));
  const digest = await sha256Hex(bytes);
  if (digest !== (digests[path] ?? null)) return changedMeanwhile(path, digest);
  const archived = await findPlace(paths.dataDir, id, digest);
  await replaceFile(join(paths.dataDir, archived), bytes);
  await replaceOrRemove(join(paths.dataDir, path), null);
  return { status: "made", summary: `moved ${path} to ${archived}`, paths: [path, archived] };
}

/** The first free place, or the one with these very bytes: they were copied before a crash. */
async function findPlace(dataDir: string, id: string, digest: string | null): Promise<string> {
  for (let number = 1; number <= MAX_SAME_ID; number++) {
    const place = `goals/archive/${id}${number === 1 ? "" : `-${number}`}.md`;
    const path = join(dataDir, place);
    const found = kindAt(path);
    if (found === "nothing") return place;
    if (found === "file" && await sha256Hex(readBytes(path)) === digest) return place;
  }
  throw new Error(
    `cannot archive goal ${id}: goals/archive has ${MAX_SAME_ID} goals of that id; rename it`,
  );
}
