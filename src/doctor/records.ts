import { basename, join, relative } from "@std/path";
import * as z from "zod/mini";
import { listAsks } from "../inbox/asks.ts";
import { listDir } from "../os/dirs.ts";
import { TIMED_OUT } from "../os/run_tool.ts";
import { fileSize, read, readLines } from "../os/read.ts";
import { fileAge, isPresent, stat } from "../os/stat.ts";
import { commitObstacle, detachedHead } from "../profile/commits.ts";
import { gitDirOf, gitInstalled, hasRepository, runGit } from "../profile/git.ts";
import { dirsOf } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { behindLink, readLeftOut, whySkipped } from "../profile/left_out.ts";
import { linkBefore, readIndex } from "../profile/staging.ts";
import { isExpired } from "../schema/ask.ts";
import { ledgerLineSchema } from "../schema/ledger.ts";
import { parseAs, type Schema } from "../schema/schema.ts";
import {
  attempt,
  type Check,
  fail,
  type Finding,
  type Findings,
  fromError,
  ok,
  warn,
} from "./check.ts";
import { quoteWord, quoteWords } from "../schema/text.ts";

const TIMEOUT_MS = 8000;
/** A lock file that is older than this, or from the future, was left by a killed git. */
const STALE_LOCK_MS = 60_000;

/** Checks the git repository of the data directory. */
export const checkHistory: Check = {
  name: "history",
  needsProfile: true,
  async *run({ profile }) {
    const { dataDir } = profile.paths;
    if (!gitInstalled(profile)) return;
    if (!hasRepository(profile)) {
      return yield warn(`${dataDir} is not a git repository yet`, "looop tick");
    }
    yield* staleLocks(profile);
    if (yield* fsck(profile)) yield* whatStaysOut(profile);
  },
};

/** Reports what keeps files out of the history, or commits off the branch. */
async function* whatStaysOut(profile: Profile): Findings {
  const { dataDir } = profile.paths;
  const skipped = (await readIndex(profile)).map((entry) => whySkipped(profile, entry));
  const left = [...await readLeftOut(profile)]
    .flatMap(([path, why]) => stat(join(dataDir, path))?.isSymlink ? [] : [why]);
  const obstacles = [await commitObstacle(profile), await detachedHead(profile)];
  for (const found of new Set([...obstacles, ...skipped, ...left])) {
    if (found !== null) yield fromError("warn", new Error(found));
  }
  for (const dir of dirsOf(profile.paths).map((path) => relative(dataDir, path)).filter(Boolean)) {
    if (linkBefore(profile, `${dir}/x`) !== dir) continue;
    yield warn(
      behindLink(dir),
      `replace ${dir} in ${dataDir} by a directory, or keep its target in git yourself`,
    );
  }
}

/**
 * Checks only that all reachable objects exist: reading every object can take minutes.
 *
 * @returns whether git ended in time.
 */
async function* fsck(
  { paths: { dataDir }, env }: Profile,
): AsyncGenerator<Finding, boolean> {
  const args = ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"];
  const { code, stdout, stderr } = await runGit(dataDir, args, env, { timeoutMs: TIMEOUT_MS });
  const fix = quoteWords("git", "-C", dataDir, "fsck");
  const [error] = (stderr || stdout).trim().split("\n");
  if (code === 0) yield ok("the git repository is intact");
  else if (code === TIMED_OUT) yield warn(`not checked within ${TIMEOUT_MS / 1000} s`, fix);
  else yield fail(`git fsck: ${error}`, fix);
  return code !== TIMED_OUT;
}

function* staleLocks({ paths: { dataDir }, clock }: Profile): Findings {
  const now = clock.now().getTime();
  const own = gitDirOf(dataDir);
  for (const dir of [own, join(own, "refs", "heads")]) {
    for (const { name } of isPresent(dir) ? listDir(dir) : []) {
      const path = join(dir, name);
      const age = name.endsWith(".lock") ? Math.abs(fileAge(path, now) ?? 0) : 0;
      if (age > STALE_LOCK_MS) yield warn(`a killed git left ${path}`, quoteWords("rm", path));
    }
  }
}

/** Checks for damaged lines in the journal, the ledger and the events. */
export const checkRecords: Check = {
  name: "records",
  needsProfile: true,
  async *run({ profile: { paths: { journal, ledger, events } } }) {
    yield* attempt(() => checkLines(journal, isJournalLine, "looop only shows it"));
    const isA = (schema: Schema<unknown>) => (line: string) => parseAs(schema, line) !== undefined;
    const isCost = isA(ledgerLineSchema);
    yield* attempt(() => checkLines(ledger, isCost, "each counts as an unknown cost"));
    yield* attempt(() => checkLines(events, isA(eventSchema), "looop does not read them"));
    return "journal, ledger and events are intact";
  },
};

async function* checkLines(
  path: string,
  isIntact: (line: string) => boolean,
  meaning: string,
): Findings {
  const broken: number[] = [];
  let number = 0;
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      number++;
      if (line.trim() !== "" && !isIntact(line)) broken.push(number);
    }
  }
  const size = fileSize(path);
  const torn = size > 0 && read(path, { start: size - 1 })?.[0] !== 10;
  const name = basename(path);
  if (broken.length > 0) {
    const which = broken.length === 1
      ? `line ${broken[0]} of ${name} is`
      : `${broken.length} lines of ${name} are`;
    yield warn(`${which} damaged: ${meaning}`, `edit line ${broken[0]} of ${path}`);
  } else if (torn) {
    yield warn(
      `the last line of ${name} has no line end; the next write adds it`,
      `echo >> ${quoteWord(path)}`,
    );
  }
}

/** The journal may have any text of the user; a power failure leaves zeros. */
function isJournalLine(line: string): boolean {
  if (line.includes("\0")) return false;
  return !/^- \d/.test(line) || /^- \d{4}-\d\d-\d\d \d\d:\d\d /.test(line);
}

const eventSchema = z.looseObject({ event: z.string() });

/** Checks the files of `asks/`, and reports expired approvals. */
export const checkAsks: Check = {
  name: "asks",
  needsProfile: true,
  async *run({ profile }) {
    const { asks, broken } = await listAsks(profile);
    for (const problem of broken) {
      const file = /asks\/\S+\.json/.exec(problem)?.[0] ?? "asks";
      yield fail(problem, `fix ${join(profile.paths.dataDir, file)}, or remove it`);
    }
    const now = profile.clock.now().toISOString();
    for (const { id, approval } of asks.filter((ask) => isExpired(ask, now))) {
      const found = `approval ${id} expired at ${approval?.expires_at}; the next tick closes it`;
      yield warn(found, "looop tick, which asks again if needed");
    }
    return `${asks.filter((ask) => !ask.answer).length} open`;
  },
};
