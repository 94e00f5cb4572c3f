import { kindAt } from "../../src/os/stat.ts";
import { readState } from "../../src/profile/state.ts";
import { allLines } from "../support/all_lines.ts";
import { git } from "../support/git.ts";
import type { SoakProfile } from "./soak_profile.ts";

/** How often each of looop's records says that something happened. */
export interface Accounts {
  journal: number;
  told: number;
  events: number;
  /** Commits with a run's trailer, and how many different runs they name. */
  commits: number;
  runs: number;
  ledger: number;
  calls: number;
  /** Commands of which the journal says that they were made, and what they wrote. */
  commands: number;
  made: number;
  /** What the commits of decisions that failed say: no moves. */
  failures: string[];
  /** By kind of move. */
  actions: Record<string, number>;
  intentLeft: boolean;
  baseline: number;
  looseObjects: number;
  packs: number;
  gitKiB: number;
}

/** No tick that tells one of these has moved. */
const NO_MOVE = /^(idle|paused|stopped|parked|held|damped|undecided|no decision)\b/;

/** Reads them all, once the pulse has ended. */
export async function readAccounts(profile: SoakProfile, stdout: string): Promise<Accounts> {
  const linesOf = (text: string) => text.split("\n").filter(Boolean);
  const { dataDir } = profile.paths;
  const journal = linesOf(await allLines(profile, profile.paths.journal)).filter((line) =>
    line.startsWith("- ")
  );
  const events = linesOf(await profile.read("events.jsonl")).map((line) => JSON.parse(line))
    .filter(({ event }) => event === "move");
  const ledger = linesOf(await allLines(profile, profile.paths.ledger)).map((line) =>
    JSON.parse(line)
  );
  const format = "--format=%(trailers:key=Looop-Run,valueonly,separator=)%x00%s";
  const ofRuns = linesOf(await git(dataDir, "log", format))
    .map((line) => line.split("\0")).filter(([run]) => run !== "");
  const isFailure = (subject: string) => subject.startsWith("no decision, ");
  const runs = ofRuns.filter(([, subject]) => !isFailure(subject)).map(([run]) => run);
  const failures = ofRuns.map(([, subject]) => subject).filter(isFailure);
  await git(dataDir, "fsck", "--connectivity-only");
  const objects = await git(dataDir, "count-objects", "-v");
  const count = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(objects)?.[1]);
  const state = await readState(profile);
  const actions: Record<string, number> = {};
  for (const { action, status } of events) {
    const kind = status === "made" ? action : `${action} ${status}`;
    actions[kind] = (actions[kind] ?? 0) + 1;
  }
  return {
    journal: journal.length,
    told: stdout.split("\n").flatMap((line) => /^\d\d:\d\d:\d\d (.*)/.exec(line)?.[1] ?? [])
      .filter((text) => !NO_MOVE.test(text)).length,
    events: events.length,
    commits: runs.length,
    runs: new Set(runs).size,
    failures,
    ledger: ledger.filter(({ kind, begun }) => kind === "tick" && !begun).length,
    calls: await profile.calls(),
    commands:
      journal.filter((line) =>
        /^- \S+ \S+ (?:~ )?(?:ran \d+( \(approved \w+\))?$|wanted \d+ \(approved)/.test(line)
      )
        .length,
    made: (await profile.made()).length,
    actions,
    intentLeft: kindAt(profile.paths.intent) !== "nothing",
    baseline: Object.keys(state.baseline ?? {}).length,
    looseObjects: count("count"),
    packs: count("packs"),
    gitKiB: count("size") + count("size-pack"),
  };
}
