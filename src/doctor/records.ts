import { basename, join } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import { listDir } from "../os/dirs.ts";
import { fileSize, read, readLines } from "../os/read.ts";
import { fileAge, isPresent } from "../os/stat.ts";
import { gitInstalled, hasRepository, runGit } from "../profile/git.ts";
import type { Profile } from "../profile/profile.ts";
import { isExpired } from "../schema/ask.ts";
import { isJsonObject } from "../schema/json.ts";
import { ledgerLineSchema } from "../schema/ledger.ts";
import { attempt, type Check, fail, type Finding, ok, warn } from "./check.ts";

const TIMEOUT_MS = 8000;
/** Exit status of `runTool` for a program that exceeded its timeout. */
const TIMED_OUT = 124;
/** A lock file that is older than this, or from the future, was left by a killed git. */
const STALE_LOCK_MS = 60_000;

/** Checks the git repository of the data directory. */
export const checkHistory: Check = {
  name: "history",
  needsProfile: true,
  async run({ profile }) {
    const { dataDir } = profile.paths;
    if (!gitInstalled(profile)) return [];
    if (!hasRepository(profile)) {
      return [warn("history", `${dataDir} is not a git repository yet`, "looop tick")];
    }
    return [...staleLocks(profile), await fsck(profile)];
  },
};

/** Checks only that all reachable objects exist: reading every object can take minutes. */
async function fsck({ paths: { dataDir }, env }: Profile): Promise<Finding> {
  const args = ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"];
  const { code, stdout, stderr } = await runGit(dataDir, args, env, { timeoutMs: TIMEOUT_MS });
  if (code === 0) return ok("history", "the git repository is intact");
  if (code === TIMED_OUT) {
    const found = `not checked within ${TIMEOUT_MS / 1000} s`;
    return warn("history", found, `git -C ${dataDir} fsck`);
  }
  const [error] = (stderr || stdout).trim().split("\n");
  return fail("history", `git fsck: ${error}`, `git -C ${dataDir} fsck`);
}

function staleLocks({ paths: { dataDir }, clock }: Profile): Finding[] {
  const now = clock.now().getTime();
  const findings: Finding[] = [];
  for (const dir of [join(dataDir, ".git"), join(dataDir, ".git", "refs", "heads")]) {
    for (const { name } of isPresent(dir) ? listDir(dir) : []) {
      const path = join(dir, name);
      const age = name.endsWith(".lock") ? Math.abs(fileAge(path, now) ?? 0) : 0;
      if (age <= STALE_LOCK_MS) continue;
      findings.push(warn("history", `a killed git left ${path}`, `rm ${path}`));
    }
  }
  return findings;
}

/** Checks for damaged lines in the journal, the ledger and the events. */
export const checkRecords: Check = {
  name: "records",
  needsProfile: true,
  fine: "journal, ledger and events are intact",
  async run({ profile: { paths } }) {
    const files: [string, (line: string) => boolean, string][] = [
      [paths.journal, isJournalLine, "looop only shows it"],
      [paths.ledger, isLedgerLine, "each counts as an unknown cost"],
      [paths.events, isEvent, "looop does not read them"],
    ];
    const findings = files.map((file) => attempt("records", () => checkLines(...file)));
    return (await Promise.all(findings)).flat();
  },
};

async function checkLines(
  path: string,
  isIntact: (line: string) => boolean,
  meaning: string,
): Promise<Finding[]> {
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
  if (broken.length === 0) {
    const found = `the last line of ${name} has no line end; the next write adds it`;
    return torn ? [warn("records", found, `echo >> ${path}`)] : [];
  }
  const which = broken.length === 1
    ? `line ${broken[0]} of ${name} is`
    : `${broken.length} lines of ${name} are`;
  const found = `${which} damaged: ${meaning}`;
  return [warn("records", found, `edit line ${broken[0]} of ${path}`)];
}

/** The journal may have any text of the user; a power failure leaves zeros. */
function isJournalLine(line: string): boolean {
  if (line.includes("\0")) return false;
  return !/^- \d/.test(line) || /^- \d{4}-\d\d-\d\d \d\d:\d\d /.test(line);
}

function isLedgerLine(line: string): boolean {
  return ledgerLineSchema.safeParse(parseJson(line)).success;
}

function isEvent(line: string): boolean {
  const event = parseJson(line);
  return isJsonObject(event) && "event" in event;
}

/** `undefined` if the line is damaged. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Checks the files of `asks/`, and reports expired approvals. */
export const checkAsks: Check = {
  name: "asks",
  needsProfile: true,
  async run({ profile }) {
    const { asks, broken } = await listAsks(profile);
    const now = profile.clock.now().toISOString();
    const late = asks.filter((ask) => isExpired(ask, now));
    const open = asks.filter((ask) => !ask.answer && !late.includes(ask));
    const path = (problem: string) => join(profile.paths.dataDir, fileIn(problem));
    const wrong = [
      ...broken.map((problem) => fail("asks", problem, `fix ${path(problem)}, or remove it`)),
      ...late.map(({ id, approval }) => {
        const found = `approval ${id} expired at ${approval?.expires_at}; the next move closes it`;
        return warn("asks", found, "looop tick, which asks again if needed");
      }),
    ];
    return wrong.length > 0 ? wrong : [ok("asks", `${open.length} open`)];
  },
};

function fileIn(problem: string): string {
  return /asks\/\S+\.json/.exec(problem)?.[0] ?? "asks";
}
