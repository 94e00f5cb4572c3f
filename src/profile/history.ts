import { UserError } from "../schema/errors.ts";
import { cut } from "../schema/text.ts";
import { NOTE_TRAILERS, type RunNote, TRAILER } from "./commits.ts";
import { git, gitInstalled, hasRepository, tryGit } from "./git.ts";
import type { Profile } from "./profile.ts";

/** A commit that changed a file. */
export interface Revision {
  /** Short, to type. */
  rev: string;
  commit: string;
  /** When it was made, ISO 8601. */
  at: string;
  /** A move of the loop, or an edit of a user or worker. */
  by: "move" | "edit";
  /** Of a move. */
  run_id: string | null;
  /** The reason: its subject, without the time that begins a move's. */
  why: string;
}

const trailer = (key: string) => `%(trailers:key=${key},valueonly,separator=%x20)`;

const FIELDS = ["%H", "%h", "%aI", trailer(TRAILER), "%s"].join("%x1f");
const NOTES = Object.keys(NOTE_TRAILERS) as (keyof RunNote)[];
const NOTE_FIELDS = NOTES.map((key) => trailer(NOTE_TRAILERS[key])).join("%x1f");

/** The commit of a run: of its move, of a failed decision, or of a budget that was used up. */
export interface MoveCommit extends Revision {
  run_id: string;
  /** What its trailers say; older commits lack some. */
  note: RunNote;
  /** Its subject as it is. */
  subject: string;
  /** What it changed, relative to the data directory; empty unless asked for. */
  paths: string[];
}

/** Which commits {@linkcode listMoves} lists. */
export interface MovesQuery {
  /** Max. number. Default: all. */
  count?: number;
  /** Not those that are certainly older. */
  since?: Date;
  /** The end of a run id, or its beginning. */
  run?: string;
  /** A range of git, such as `1a2b3c..HEAD`. */
  range?: string;
  /** List what each changed, which takes longest. Default `false`. */
  files?: boolean;
}

/** The clock of a commit may differ from that of the run by this much. */
const MAX_DRIFT_MS = 86_400_000;

/**
 * Runs `git log`, which lists nothing if there is no commit yet. Where a commit is damaged, it lists the newer ones, with a
 * warning.
 */
export async function readLog(profile: Profile, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tryGit(profile, ["log", ...args]);
  if (code === 0 || !hasRepository(profile)) return stdout;
  const head = await tryGit(profile, ["rev-parse", "--verify", "--quiet", "HEAD"]);
  if (head.code !== 0 && head.stderr === "") return "";
  const [why] = stderr.split("\n");
  profile.warn(
    `the history in ${profile.paths.dataDir} cannot be read to its beginning, so older commits are missing here: ${why}`,
  );
  return stdout;
}

/** Lists the commits of runs, newest first. */
export async function listMoves(
  profile: Profile,
  { count, since, run, range = "HEAD", files = false }: MovesQuery,
): Promise<MoveCommit[]> {
  const from = since && since.getTime() > MAX_DRIFT_MS ? since.getTime() - MAX_DRIFT_MS : null;
  const named = run === undefined ? [""] : [run, `[0-9t]*-${run}`];
  const stdout = await readLog(profile, [
    ...named.map((name) => `--grep=^${TRAILER}: ${name}`),
    ...count === undefined ? [] : ["-n", `${count}`],
    ...from === null ? [] : [`--since=${new Date(from).toISOString()}`],
    ...files ? ["--name-only", "--no-renames"] : [],
    `--format=%x1e${NOTE_FIELDS}%x1f${FIELDS}`,
    range,
    "--",
  ]);
  return stdout.split("\x1e").filter(Boolean).flatMap((record) => {
    const [line, ...paths] = record.split("\n").filter(Boolean);
    const fields = line.split("\x1f");
    const noted = NOTES.flatMap((key, i) => fields[i] === "" ? [] : [[key, fields[i]]]);
    const revision = fields.slice(NOTES.length);
    const { run_id, ...rest } = parseLine(revision.join("\x1f"));
    const subject = revision.slice(4).join("\x1f");
    const note: RunNote = Object.fromEntries(noted);
    return run_id === null ? [] : [{ ...rest, run_id, note, subject, paths }];
  });
}

/** Lists the commits that changed a file, newest first. */
export async function fileHistory(profile: Profile, path: string): Promise<Revision[]> {
  const stdout = await readLog(profile, [`--format=${FIELDS}`, "--", `:(top,literal)${path}`]);
  return stdout.split("\n").filter(Boolean).map(parseLine);
}

/** The subjects of commits that do not say what an edit was about. */
const GENERIC = /^(Edits since the last move|Edits of workers and users|First commit|wrote \S+)$/;
/** For how many of those the edit is described: each takes a git. */
const MAX_EXPLAINED = 30;

/**
 * Lists the commits that changed files, newest first; an edit without a reason has what it changed.
 *
 * @param patterns of paths relative to the data directory, with git's wildcards
 */
export async function explainedHistory(profile: Profile, patterns: string[]): Promise<Revision[]> {
  const specs = ["--", ...patterns.map((pattern) => `:(top,glob)${pattern}`)];
  const stdout = await readLog(profile, [`--format=${FIELDS}`, ...specs]);
  const revisions = stdout.split("\n").filter(Boolean).map(parseLine);
  const generic = revisions.filter(({ by, why }) => by === "edit" && GENERIC.test(why));
  for (const revision of generic.slice(0, MAX_EXPLAINED)) {
    const show = ["show", "-U0", "--format=", "--no-ext-diff", "--no-textconv", revision.commit];
    const patch = await tryGit(profile, [...show, ...specs]);
    if (patch.code === 0) revision.why = editOf(patch.stdout, revision.why);
  }
  return revisions;
}

/** Describes a patch without context: how many lines, and the first that says something. */
function editOf(patch: string, subject: string): string {
  const lines = patch.slice(Math.max(patch.indexOf("\n@@"), 0)).split("\n")
    .filter((line) => !/^(\+\+\+|---) ([ab]\/|\/dev\/null)/.test(line));
  const changed = (sign: string) =>
    lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1).trim());
  const [added, removed] = [changed("+"), changed("-")];
  const saying = [...added, ...removed].find((line) => /[\p{L}\p{N}]/u.test(line));
  const counts = [
    ...added.length > 0 ? [`+${added.length}`] : [],
    ...removed.length > 0 ? [`-${removed.length}`] : [],
  ];
  const how = subject.startsWith("wrote ") ? subject : "edited by hand";
  const what = subject === "First commit" ? "first version" : [how, ...counts].join(" ");
  return saying === undefined ? what : `${what}: ${cut(saying, MAX_LINE)}`;
}

/** How much of a changed line is repeated, in characters. */
const MAX_LINE = 80;

/**
 * Resolves a revision in any notation of git.
 *
 * @throws {UserError} if there is no such commit.
 */
export async function resolveCommit(
  profile: Profile,
  rev: string,
): Promise<Pick<Revision, "rev" | "commit">> {
  // Without --end-of-options, which rev-parse has since git 2.30: no revision begins with a hyphen.
  const found = rev.startsWith("-")
    ? null
    : await tryGit(profile, ["rev-parse", "--verify", "--quiet", `${rev}^{commit}`]);
  const commit = found?.stdout.trim() ?? "";
  if (found?.code === 0) {
    const { stdout } = await git(profile, ["rev-parse", "--short", commit]);
    return { rev: stdout.trim(), commit };
  }
  throw new UserError(`there is no revision ${rev} in the history of ${profile.paths.dataDir}`);
}

/**
 * Returns the bytes of a file in a commit; `null` if it was not in it.
 *
 * @throws {UserError} if they cannot be read any more.
 */
export async function bytesAt(
  profile: Profile,
  commit: string,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const listed = await git(profile, ["ls-tree", "-z", commit, "--", `:(top,literal)${path}`]);
  const [, object] = /^100\d{3} blob ([0-9a-f]+)\t/.exec(listed.stdout) ?? [];
  if (object === undefined) return null;
  const { code, bytes, stderr } = await tryGit(profile, ["cat-file", "blob", object]);
  if (code === 0) return bytes;
  const [why] = stderr.split("\n");
  throw new UserError(
    `cannot read ${path} of commit ${
      commit.slice(0, 7)
    }: its object is damaged or lost; take it from a backup of ${profile.paths.dataDir}/.git: ${why}`,
  );
}

/**
 * Checks that there is a history.
 *
 * @param doing such as `undo a move`
 * @throws {UserError} with the reason if there is none.
 */
export function requireRepository(profile: Profile, doing: string): void {
  if (hasRepository(profile)) return;
  const { dataDir } = profile.paths;
  const why = gitInstalled(profile)
    ? `${dataDir} has no history yet: the first looop tick begins it`
    : "git is not installed, so no history is kept";
  throw new UserError(`cannot ${doing}: ${why}`);
}

function parseLine(line: string): Revision {
  const [commit, rev, at, run, ...rest] = line.split("\x1f");
  const run_id = run.split(" ")[0] || null;
  const subject = rest.join("\x1f");
  const why = run_id === null ? subject : subject.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d /, "");
  return { rev, commit, at, by: run_id === null ? "edit" : "move", run_id, why };
}
