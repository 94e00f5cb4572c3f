import { listJournal } from "../../history/journal.ts";
import { makeReport } from "../../history/report.ts";
import { listRuns } from "../../history/runs.ts";
import { explainRun } from "../../history/why.ts";
import { requireRepository } from "../../profile/history.ts";
import { UserError } from "../../schema/errors.ts";
import { isId } from "../../schema/schema.ts";
import { parseTime } from "../args.ts";
import type { Command } from "../command.ts";
import { renderJournal, renderReport, renderRuns, renderWhy } from "../output/history.ts";

/** How many lines are shown if no time is given. */
const DEFAULT_LINES = 20;

const completesOptions = {
  goal: "goal",
  since: ["today", "yesterday"],
} as const;

/** `looop journal`: shows what happened. */
export const journalCommand: Command = {
  usage: "looop journal [--since TIME] [--goal G] [--json]",
  completesOptions,
  async run({ options, print, open }) {
    const profile = await open();
    const given = options.get("since");
    const since = given === undefined ? new Date(0) : parseTime(given, profile.clock.now());
    const all = await listJournal(profile, { since, goal: options.get("goal") });
    const entries = given === undefined ? all.slice(-DEFAULT_LINES) : all;
    await print(entries, (view) => renderJournal(entries, all.length - entries.length, view));
  },
};

/** `looop runs`: lists the decisions, with what became of each. */
export const runsCommand: Command = {
  usage: "looop runs [--goal G] [--since TIME] [--json]",
  completesOptions,
  async run({ options, print, open }) {
    const profile = await open();
    const given = options.get("since");
    const goal = options.get("goal");
    if (goal !== undefined) {
      if (!isId(goal)) throw new UserError(`there is no goal ${goal}: looop goal ls lists them`);
      requireRepository(profile, `list the runs of goal ${goal}`);
    }
    const since = given === undefined ? undefined : parseTime(given, profile.clock.now());
    // One more, to know whether there are older ones.
    const count = given === undefined && goal === undefined ? DEFAULT_LINES + 1 : undefined;
    const all = await listRuns(profile, { since, goal, count });
    const runs = given === undefined ? all.slice(-DEFAULT_LINES) : all;
    await print(runs, (view) => renderRuns(runs, all.length > runs.length, view));
  },
};

/** Time that `looop report` covers by default, in milliseconds: a day. */
const REPORT_MS = 86_400_000;

/** `looop report`: sums up what happened. */
export const reportCommand: Command = {
  usage: "looop report [--since TIME] [--json]",
  completesOptions,
  async run({ options, print, open }) {
    const profile = await open();
    const now = profile.clock.now();
    const given = options.get("since");
    const since = given === undefined ? new Date(now.getTime() - REPORT_MS) : parseTime(given, now);
    const report = await makeReport(profile, since);
    await print(report, (view) => renderReport(report, view));
  },
};

/** `looop why`: explains one decision. */
export const whyCommand: Command = {
  usage: "looop why [run-id|commit|last] [--json]",
  words: "[run]",
  completes: ["run"],
  async run({ words: [word = "last"], print, open }) {
    const why = await explainRun(await open(), word);
    await print(why, (view) => renderWhy(why, view));
  },
};
