import * as z from "zod/mini";
import { readLedger } from "../budget/ledger.ts";
import { listDir } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { currentTick } from "../loop/current_tick.ts";
import { listMoves, type MoveCommit } from "../profile/history.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { runFile, runTime } from "../profile/runs.ts";
import { type Decision, type Outcome, outcomeSchema, type Verdict } from "../schema/decision.ts";
import type { LedgerLine } from "../schema/ledger.ts";
import type { Move } from "../schema/move.ts";
import { parseAs } from "../schema/schema.ts";
import { lastTickSchema } from "../schema/state.ts";

/**
 * What became of a run:
 *
 * - the status of its move: `made`, `asked`, `denied`, `failed`, `interrupted`
 * - `no_decision`: the decision failed, so there was no move
 * - `held`: a budget was used up
 * - `deciding`, `acting`: the tick that is running decides it, or applies its move
 * - `unapplied`: it decided a move that was not applied: a dry run, or looop was stopped before
 */
export type RunStatus =
  | Outcome["status"]
  | ("no_decision" | "held" | "deciding" | "acting" | "unapplied");

/** One line of `looop runs`. */
export interface RunSummary {
  run_id: string;
  /** When it decided, ISO 8601 in UTC. */
  at: string;
  /** Its commit, short; `null`: it has none. */
  commit: string | null;
  /** Id of the goal that it served; `null`: none, or unknown. */
  goal: string | null;
  /** Who decided; `null` if unknown. */
  by: Decision["by"] | null;
  /** The ask's id, `<goal>/<rule>`, `schedule:<name>`, the runner's name; `null` if unknown. */
  source: string | null;
  /** The action of its move; `null`: it has none, or it is unknown. */
  action: string | null;
  /** What became of it; `null` if unknown. */
  status: RunStatus | null;
  /** What policy said; `null`: there was no move, or it is unknown. */
  verdict: Verdict["then"] | null;
  /** The policy rule that said it. */
  rule: string | null;
  /** US dollars of its runner calls, 0 without calls; `null` if that of one is unknown. */
  cost_usd: number | null;
  /** The number of its runner calls. */
  calls: number;
  /** Its journal line, or why there is no move; maybe cut. */
  text: string;
  /** Untrusted input could have influenced it. */
  tainted: boolean;
}

/** Which runs {@linkcode listRuns} lists. */
export interface RunsQuery {
  since?: Date;
  /** Only those that served this goal, or changed it. */
  goal?: string;
  /** The end of a run id, or its beginning. */
  run?: string;
  /** Only the last ones; not with `goal`. Default: all. */
  count?: number;
}

/** Lists runs, oldest first: those of the history, and those of `runs/` that left none. */
export async function listRuns(
  profile: Profile,
  { since = new Date(0), goal, run, count }: RunsQuery = {},
): Promise<RunSummary[]> {
  const from = Math.floor(since.getTime() / 1000) * 1000;
  const commits = new Map<string, MoveCommit>();
  // The oldest of a run is that of its move: a later one has its budget's ask.
  // More than asked for: those of runs/ have their order from their commits.
  const most = count === undefined ? undefined : count + 2 * profile.config.keep_runs;
  const query = { since, run, count: most, files: goal !== undefined };
  for (const commit of await listMoves(profile, query)) commits.set(commit.run_id, commit);
  const local = listDir(profile.paths.runs).flatMap(({ name, isDirectory }) =>
    isDirectory && runTime(name) !== null && isNamed(name, run) ? [name] : []
  );
  // Ids sort by the second alone.
  const order = new Map([...commits.keys()].map((id, i) => [id, i]));
  const second = (id: string) => id.slice(0, id.indexOf("-"));
  const ids = [...new Set([...local.sort(), ...commits.keys()])]
    .filter((id) => (runTime(id)?.getTime() ?? Infinity) >= from)
    .sort((a, b) =>
      second(a) === second(b)
        ? (order.get(b) ?? -1) - (order.get(a) ?? -1)
        : second(a) < second(b)
        ? -1
        : 1
    )
    .slice(count === undefined ? 0 : -count);
  const costs = await costsSince(profile, runTime(ids[0] ?? "") ?? since);
  const runs = await Promise.all(ids.map(async (id) => {
    const commit = commits.get(id) ?? null;
    return { commit, ...summarize(id, commit, await readRun(profile, id), costs.get(id) ?? []) };
  }));
  const newest = runs.at(-1);
  if (newest && [null, "unapplied"].includes(newest.status)) {
    const last = await parseFile(profile.paths.lastTick, lastTickSchema, "").catch(() => null);
    const tick = await currentTick(profile, last);
    if (tick?.run_id === newest.run_id && tick.doing !== "observing") newest.status = tick.doing;
  }
  return runs
    .filter((one) => goal === undefined || serves(one, goal))
    .map(({ commit, ...summary }) => ({ ...summary, commit: commit?.rev ?? null }));
}

/** Reports whether a word is the beginning of a run id, or of its last part. */
export function isNamed(id: string, word: string | undefined): boolean {
  return word === undefined || id.startsWith(word) ||
    id.slice(id.indexOf("-") + 1).startsWith(word);
}

type Committed = Omit<RunSummary, "commit"> & { commit: MoveCommit | null };

function serves({ goal: served, source, by, commit }: Committed, goal: string): boolean {
  if (served === goal || (by === "rule" && source?.startsWith(`${goal}/`))) return true;
  const ofGoal = new RegExp(`^goals/(archive/)?${goal}(-[0-9].*)?\\.md$`);
  return commit?.paths.some((path) => path === `goals/${goal}.md` || ofGoal.test(path)) ?? false;
}

/** Only these fields: the others may differ between versions. */
const decisionFile = z.object({
  kind: z.string(),
  tainted: z._default(z.boolean(), false),
  decision: z.optional(z.object({
    by: z.enum(["approval", "rule", "schedule", "runner", "code"]),
    source: z.string(),
    move: z.looseObject({ action: z.string(), journal: z._default(z.string(), "") }),
  })),
  error: z.optional(z.object({ kind: z.string(), message: z.string() })),
  over: z.optional(z.object({ why: z.string() })),
});

const verdictFile = z.object({
  then: z.enum(["allow", "ask", "deny"]),
  rule: z.string(),
  why: z.string(),
});

/** What is left of a run in `runs/`; `null`: the file is missing, or damaged. */
export interface RunFiles {
  decision: z.infer<typeof decisionFile> | null;
  verdict: Verdict | null;
  outcome: Outcome | null;
}

/** Reads what is left of a run in `runs/`. */
export async function readRun(profile: Profile, runId: string): Promise<RunFiles> {
  const read = async (name: string) =>
    await readTextIfPresent(runFile(profile, runId, name)).catch(() => null) ?? "";
  return {
    decision: parseAs(decisionFile, await read("decision.json")) ?? null,
    verdict: parseAs(verdictFile, await read("verdict.json")) ?? null,
    outcome: parseAs(outcomeSchema, await read("outcome.json")) ?? null,
  };
}

/** The move of a decision. */
export function moveOf({ decision }: RunFiles): Move | null {
  return (decision?.decision?.move ?? null) as Move | null;
}

/** Sums up one run from its commit, or from its files. */
export function summarize(
  run_id: string,
  commit: MoveCommit | null,
  files: RunFiles,
  calls: LedgerLine[],
): Omit<RunSummary, "commit"> {
  const { decision, verdict, outcome } = files;
  const note = commit?.note ?? {};
  const decided = decision?.decision;
  const [action, made] = note.move?.split(" ") ?? [];
  const [, by, source] = /^(approval|rule|schedule|runner|code) (.*)$/s.exec(note.by ?? "") ?? [];
  const [, then, rule] = /^(allow|ask|deny) (.*)$/s.exec(note.policy ?? "") ?? [];
  const why = commit?.why ?? decided?.move.journal ?? decision?.error?.message ?? "";
  const why_not = /^no decision, (.*)$/s.exec(why)?.[1];
  return {
    run_id,
    at: (runTime(run_id) ?? new Date(commit?.at ?? 0)).toISOString(),
    goal: note.goal ?? moveOf(files)?.goal ?? null,
    by: decided?.by ?? by as Decision["by"] | undefined ?? null,
    source: decided?.source ?? source ?? null,
    action: decided?.move.action ?? action ?? null,
    status: made as Outcome["status"] | undefined ?? outcome?.status ??
      statusOf(why, decision) ?? (commit === null ? null : "made"),
    verdict: verdict?.then ?? then as Verdict["then"] | undefined ?? null,
    rule: verdict?.rule ?? rule ?? null,
    cost_usd: calls.reduce<number | null>(
      (sum, { cost_usd }) => sum === null || cost_usd === null ? null : sum + cost_usd,
      0,
    ),
    calls: calls.length,
    text: (why_not ?? why).replace(/^~ /, ""),
    tainted: decision?.tainted ?? why.startsWith("~ "),
  };
}

/** From the text of a commit without a trailer, or the files of a run without a commit. */
function statusOf(why: string, decision: RunFiles["decision"]): RunStatus | null {
  if (why.startsWith("no decision, ") || decision?.kind === "failed") return "no_decision";
  if (/^(over budget|held): /.test(why) || decision?.kind === "held") return "held";
  const text = why.replace(/^~ /, "");
  if (text.startsWith("wants to ")) return "asked";
  if (text.startsWith("denied ")) return "denied";
  if (text.startsWith("could not ")) return "failed";
  if (text.startsWith("interrupted ")) return "interrupted";
  return decision?.kind === "decided" ? "unapplied" : null;
}

/** Reads the runner calls of runs since a time, by run id. */
async function costsSince(profile: Profile, since: Date): Promise<Map<string, LedgerLine[]>> {
  const calls = new Map<string, LedgerLine[]>();
  for await (const lines of readLedger(profile, { since })) {
    for (const line of lines.filter(({ kind }) => kind !== "worker")) {
      calls.getOrInsertComputed(line.id, () => []).push(line);
    }
  }
  return calls;
}

/** Reads the runner calls of one run. */
export async function callsOf(profile: Profile, runId: string): Promise<LedgerLine[]> {
  return (await costsSince(profile, runTime(runId) ?? new Date(0))).get(runId) ?? [];
}
