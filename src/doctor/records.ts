import { basename, join } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import { listDir } from "../os/dirs.ts";
import { fileSize, read, readLines } from "../os/read.ts";
import { fileAge, isPresent } from "../os/stat.ts";
import { gitInstalled, hasRepository, runGit } from "../profile/git.ts";
import type { Profile } from "../profile/profile.ts";
import { isExpired } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";
import { isJsonObject } from "../schema/json.ts";
import { ledgerLineSchema } from "../schema/ledger.ts";
import { type Check, fail, type Finding, fromMessage, ok, warn } from "./check.ts";

const TIMEOUT_MS = 8000;
/** What `runTool` gives for a program that took too long. */
const GIVEN_UP = 124;
/** A lock file older than this was left by a git that was killed; so was one from the future. */
const STALE_LOCK_MS = 60_000;

/** Looks at the git repository of the data directory. */
export const checkHistory: Check = {
  name: "history",
  needsProfile: true,
  async run({ profile }) {
    const { dataDir } = profile.paths;
    if (!gitInstalled(profile)) return [];
    if (!hasRepository(profile)) {
      return [warn("history", `${dataDir} is no git repository yet`, "looop tick")];
    }
    return [...staleLocks(profile), await whole(profile)];
  },
};

/** Only that all which a commit leads to is there: to read every object would take minutes somewhere. */
async function whole({ paths: { dataDir }, env }: Profile): Promise<Finding> {
  const args = ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"];
  const { code, stdout, stderr } = await runGit(dataDir, args, env, { timeoutMs: TIMEOUT_MS });
  if (code === 0) return ok("history", "the git repository is whole");
  if (code === GIVEN_UP) {
    const found = `not looked through within ${TIMEOUT_MS / 1000} s`;
    return warn("history", found, `git -C ${dataDir} fsck`);
  }
  const [said] = (stderr || stdout).trim().split("\n");
  return fail("history", `git fsck: ${said}`, `git -C ${dataDir} fsck`);
}

function staleLocks({ paths: { dataDir }, clock }: Profile): Finding[] {
  const now = clock.now().getTime();
  const findings: Finding[] = [];
  for (const dir of [join(dataDir, ".git"), join(dataDir, ".git", "refs", "heads")]) {
    for (const { name } of isPresent(dir) ? listDir(dir) : []) {
      const path = join(dir, name);
      const age = name.endsWith(".lock") ? Math.abs(fileAge(path, now) ?? 0) : 0;
      if (age <= STALE_LOCK_MS) continue;
      findings.push(warn("history", `a git that was killed left ${path}`, `rm ${path}`));
    }
  }
  return findings;
}

/** Looks for lines of the journal, the ledger and the events that a crash has torn. */
export const checkRecords: Check = {
  name: "records",
  needsProfile: true,
  async run({ profile: { paths } }) {
    const files: [string, (line: string) => boolean, string][] = [
      [paths.journal, isJournalLine, "looop only shows it"],
      [paths.ledger, isLedgerLine, "each counts as a cost that nobody knows"],
      [paths.events, isEvent, "nothing reads them"],
    ];
    const looks = files.map(([path, isWhole, meaning]) =>
      look(path, isWhole, meaning)
        .catch((error) => [fromMessage("fail", "records", messageOf(error))])
    );
    const findings = (await Promise.all(looks)).flat();
    return findings.length > 0 ? findings : [ok("records", "journal, ledger and events are whole")];
  },
};

async function look(
  path: string,
  isWhole: (line: string) => boolean,
  meaning: string,
): Promise<Finding[]> {
  const broken: number[] = [];
  let number = 0;
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      number++;
      if (line.trim() !== "" && !isWhole(line)) broken.push(number);
    }
  }
  const size = fileSize(path);
  const torn = size > 0 && read(path, { start: size - 1 })?.[0] !== 10;
  const name = basename(path);
  if (broken.length === 0) {
    const found = `the last line of ${name} has no end; the next write ends it`;
    return torn ? [warn("records", found, `echo >> ${path}`)] : [];
  }
  const which = broken.length === 1
    ? `line ${broken[0]} of ${name} is`
    : `${broken.length} lines of ${name} are`;
  const found = `${which} torn, or edited by hand: ${meaning}`;
  return [warn("records", found, `edit line ${broken[0]} of ${path}`)];
}

/** People may write into the journal whatever they like; a power cut leaves zeros. */
function isJournalLine(line: string): boolean {
  if (line.includes("\0")) return false;
  return !/^- \d/.test(line) || /^- \d{4}-\d\d-\d\d \d\d:\d\d /.test(line);
}

function isLedgerLine(line: string): boolean {
  return ledgerLineSchema.safeParse(parseJson(line)).success;
}

function isEvent(line: string): boolean {
  const event = parseJson(line);
  return isJsonObject(event as never) && "event" in (event as object);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // torn
  }
}

/** Looks at the files of `asks/`, and at approvals that nobody gave in time. */
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
      ...broken.map((problem) => fail("asks", problem, `mend ${path(problem)}, or remove it`)),
      ...late.map(({ id, approval }) => {
        const found = `approval ${id} ran out at ${approval?.expires_at}; the next move closes it`;
        return warn("asks", found, "looop tick, and the loop asks anew if it still wants that");
      }),
    ];
    return wrong.length > 0 ? wrong : [ok("asks", `${open.length} open`)];
  },
};

function fileIn(problem: string): string {
  return /asks\/\S+\.json/.exec(problem)?.[0] ?? "asks";
}
