import { join } from "@std/path";
import { stat } from "../../src/os/stat.ts";
import { commitUserEdits } from "../../src/log/recover.ts";
import { readState } from "../../src/profile/state.ts";
import { type LedgerLine, ledgerLineSchema } from "../../src/schema/ledger.ts";
import { allLines } from "../support/all_lines.ts";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import type { Kind } from "./kind.ts";
import { effects } from "./decide.ts";
import { countCalls, processesOf, type Stage } from "./stage.ts";

const LINE = /^- \d{4}-\d\d-\d\d \d\d:\d\d \S.*$/;

/** Says where journal, git log, ledger, state, asks and files do not tell the same of a tick; in one line each. */
export async function disagreements(stage: Stage): Promise<string[]> {
  const { kind, profile } = stage;
  const { paths } = profile;
  const found: string[] = [];
  const expect = (holds: boolean, otherwise: string) => void (holds || found.push(otherwise));

  expect(stat(paths.intent) === null, `${paths.intent} is left`);
  const journal = await allLines(profile, paths.journal);
  const lines = newLines(journal, stage.before.journal, expect);
  const cutOff = lines.filter((line) => line.includes(" interrupted run, ")).length;
  checkJournal(kind, lines, expect);

  const log = await commits(stage);
  const runs = log.filter(({ run }) => run !== "");
  expect(new Set(runs.map(({ run }) => run)).size === runs.length, "a run has two commits");
  // These are told in the state rather than in the journal.
  const untold = runs.filter(({ subject }) => /^no decision, /.test(subject));
  const subjects = runs.filter((commit) => !untold.includes(commit)).map((c) => c.subject);
  expect(
    JSON.stringify(subjects) === JSON.stringify(lines.map((line) => line.slice(2, 202))),
    `journal and git log differ: git has ${JSON.stringify(subjects)}`,
  );
  const status = () => git(paths.dataDir, "status", "--porcelain", "-uall");
  const isOnly = (dirty: string, paths: string[] = []) =>
    dirty.split("\n").every((line) => paths.includes(line.slice(3)));
  let dirty = await status();
  if (stage.gitKills > 0 && isOnly(dirty, kind.edits)) {
    await commitUserEdits(profile);
    dirty = await status();
  }
  expect(dirty === "" || isOnly(dirty, kind.owes), `git and the files differ: ${dirty}`);
  await checkLedger(stage, expect);
  await checkState(stage, untold.length, expect).catch((error) => found.push(String(error)));
  await checkFiles(stage, expect);
  if (kind.acts) {
    const count = await effects(profile);
    expect(cutOff > 0 ? count <= 1 : count === 1, `the command took effect ${count} times`);
  }
  found.push(...await kind.check?.(profile).catch((error) => [String(error)]) ?? []);
  if (found.length > 0) found.push(`new in the journal: ${JSON.stringify(lines)}`);
  await checkProcesses(stage).catch((error) => found.push(String(error)));
  return found;
}

type Expect = (holds: boolean, otherwise: string) => void;

function newLines(text: string, before: string, expect: Expect): string[] {
  expect(text.startsWith(before), "the journal lost what it had");
  expect(text === "" || text.endsWith("\n"), "the journal ends in a torn line");
  return text.slice(before.length).split("\n").slice(0, -1);
}

/** One line tells of the move, or that it was interrupted; whatever else was decided found nothing to do. */
function checkJournal(kind: Kind, lines: string[], expect: Expect): void {
  expect(lines.every((line) => LINE.test(line)), "a line of the journal is none");
  const tells = kind.told ?? new RegExp(`${kind.move.journal}$`);
  const isTold = (line: string) =>
    tells.test(line) || (kind.acts === true && line.includes(" interrupted run, "));
  const told = lines.filter(isTold).length;
  expect(told === (kind.fails ? 0 : 1), `${told} lines tell of the move`);
  const others = lines.filter((line) => !isTold(line));
  expect(others.every((line) => line.endsWith(" looked around")), "another line is there");
}

/** Oldest first. */
async function commits({ profile: { paths }, before }: Stage) {
  const range = before.head === null ? "HEAD" : `${before.head}..HEAD`;
  const format = "--format=%s%x00%(trailers:key=Looop-Run,valueonly)%x01";
  const text = await git(paths.dataDir, "log", "--reverse", format, range);
  return text.split("\x01").map((entry) => entry.trim()).filter(Boolean).map((entry) => {
    const [subject, run] = entry.split("\0");
    return { subject, run: run.trim() };
  });
}

/** A failure whose commit was cut off is part of the next commit. */
async function checkState(
  { kind, profile, kills, gitKills }: Stage,
  failed: number,
  expect: Expect,
): Promise<void> {
  const state = await readState(profile);
  if (!kind.fails) return expect(state.failure === null, `a failure: ${state.failure?.why}`);
  const count = state.failure?.count ?? 0;
  expect(state.parked?.kind === "failures" && count === 3, `parked after ${count} failures`);
  expect(
    failed >= 3 - kills - gitKills && failed <= 3 + kills,
    `${failed} commits tell of 3 failures`,
  );
}

/** A call whose end looop did not live to see is missing. */
async function checkLedger(stage: Stage, expect: Expect): Promise<void> {
  const { before, profile, kills } = stage;
  const text = await allLines(profile, profile.paths.ledger);
  const lines = text.slice(before.ledger.length).split("\n").slice(0, -1);
  const whole = lines.flatMap((line) => {
    const parsed = ledgerLineSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  });
  expect(whole.length === lines.length, "a line of the ledger is none");
  // A call has a line from before its start as well.
  const ticks = whole.filter(({ kind, begun }) => kind === "tick" && !begun).length;
  const calls = await countCalls(stage) - before.calls;
  expect(
    ticks <= calls && ticks >= calls - kills,
    `${ticks} lines in the ledger for ${calls} calls`,
  );
  const ended = stage.kind.endsWorker ? 1 : 0;
  // The session of an agent that never began costs nothing.
  const isEnd = ({ kind, begun, cost_usd }: LedgerLine) =>
    kind === "worker" && !begun && cost_usd !== 0;
  const workers = whole.filter(isEnd).length;
  expect(workers === ended, `${workers} workers are in the ledger`);
}

async function checkFiles({ kind, profile: { paths } }: Stage, expect: Expect): Promise<void> {
  for (const [path, text] of Object.entries(kind.leaves ?? {})) {
    const found = await Deno.readTextFile(join(paths.dataDir, path)).catch(() => null);
    expect(found === text, `${path} holds ${JSON.stringify(found)}`);
  }
  const { open, closed } = kind.asks ?? { open: 0, closed: 0 };
  const [isOpen, isClosed] = [await jsonFiles(paths.asks), await jsonFiles(paths.asksClosed)];
  expect(
    isOpen.length === open && isClosed.length === closed,
    `${isOpen.length} asks are open and ${isClosed.length} closed`,
  );
  const events = await Deno.readTextFile(paths.events).catch(() => "");
  for (const line of events.split("\n").slice(0, -1)) JSON.parse(line);
}

async function jsonFiles(dir: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(dir), ({ name }) => name);
  return names.filter((name) => name.endsWith(".json") && !name.startsWith("."));
}

/** Only workers, and the tmux server that they live in, are to live on. */
async function checkProcesses(stage: Stage): Promise<void> {
  let left: string[] = [];
  await eventually("nothing is left running", async () => {
    const all = await processesOf(stage);
    left = all.map(({ line }) => line).filter((line) =>
      !/^tmux | LOOOP_(WRAPPER|GENERATION)=/.test(line)
    );
    return left.length === 0;
  }).catch((error) => {
    throw new Error(`${error.message}: ${left.map((line) => line.slice(0, 200)).join(" | ")}`);
  });
}
