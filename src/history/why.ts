import { findAsk } from "../inbox/asks.ts";
import { askIdOf } from "../act/approval.ts";
import { isPresent } from "../os/stat.ts";
import { listMoves, type MoveCommit, resolveCommit } from "../profile/history.ts";
import { hasRepository, tryGit } from "../profile/git.ts";
import type { Profile } from "../profile/profile.ts";
import { runFile, runTime } from "../profile/runs.ts";
import type { Ask } from "../schema/ask.ts";
import type { Outcome, Verdict } from "../schema/decision.ts";
import { UserError } from "../schema/errors.ts";
import type { LedgerLine } from "../schema/ledger.ts";
import type { Move } from "../schema/move.ts";
import type { WorkerState } from "../schema/worker.ts";
import type { Change } from "../schema/world.ts";
import { listEnded, listWorkers } from "../workers/list.ts";
import { ledgerIdOf, workerCosts } from "../workers/meter.ts";
import { committedWorld, readWorld, type SeenWorld } from "./seen_world.ts";
import { callsOf, listRuns, moveOf, readRun, type RunSummary } from "./runs.ts";

/** All that is known of one run. */
export interface Why extends RunSummary {
  /** What made the loop decide, a line each. */
  woken_by: string[];
  /** What the decider saw: how the world differed from that of the decision before. */
  changes: Change[];
  /** The move that was decided; `null`: there was none, or it is unknown. */
  move: Move | null;
  /** Why there is no move; `null`: there is one. */
  error: string | null;
  /** What policy said, with its reason, which only `runs/` has; `null`: there was no move, or it is unknown. */
  policy: (Omit<Verdict, "why"> & { why: string | null }) | null;
  /** The result of the move; `null`: there was none, or it is unknown. */
  outcome: Pick<Outcome, "summary" | "exit_code" | "output_tail"> | null;
  /** The files of its commit, relative to the data directory. */
  files: string[];
  /** Its runner calls. */
  ledger: LedgerLine[];
  led_to: LedTo;
  /** What is not known here, and why, a line each. */
  missing: string[];
}

/** What a run led to. */
export interface LedTo {
  /** The ask that it wrote. */
  ask: Pick<Ask, "id" | "kind" | "question" | "answer" | "closed_by"> | null;
  /** The worker that it started. */
  worker: {
    id: string;
    state: WorkerState;
    /** Whether its `verify` passed; `null`: it has none, or has not run it yet. */
    verified: boolean | null;
    /** US dollars so far, or in all. */
    cost_usd: number;
  } | null;
  /** The commit that reverted it, short. */
  undone_by: string | null;
  /** The next run. */
  next: string | null;
}

/**
 * Explains a run from the files alone.
 *
 * @param word the beginning of a run id or of its last part, a commit, or `last`
 * @throws {UserError} if there is no such run, or there are several.
 */
export async function explainRun(profile: Profile, word: string): Promise<Why> {
  const summary = await findRun(profile, word);
  const { run_id } = summary;
  const [commit = null] = (await listMoves(profile, { run: run_id, files: true })).reverse();
  const files = await readRun(profile, run_id);
  const world = await readWorld(profile, run_id);
  const past = world === null && commit !== null ? await committedWorld(profile, commit) : null;
  const move = moveOf(files) ?? await approvedMove(profile, summary);
  const { decision, verdict, outcome } = files;
  const changes = (world ?? past)?.changes ?? [];
  const state = (world ?? past)?.state ?? null;
  const ledger = await callsOf(profile, run_id);
  return {
    ...summary,
    woken_by: await causesOf(profile, { summary, changes, state, ledger }),
    changes,
    move,
    error: decision?.error?.message ?? (summary.status === "no_decision" ? summary.text : null),
    policy: verdict ??
      (summary.verdict && { then: summary.verdict, rule: summary.rule ?? "", why: null }),
    outcome: outcome,
    files: commit?.paths ?? [],
    ledger,
    led_to: await consequencesOf(profile, summary, commit),
    missing: missingOf(profile, { summary, commit, move, hasDecision: decision !== null, past }),
  };
}

/** A run id as looop makes it, or a part of one. */
const RUN = /^[0-9a-z-]+$/;

async function findRun(profile: Profile, word: string): Promise<RunSummary> {
  if (word === "last") {
    const last = (await listRuns(profile, { count: 1 })).at(-1);
    if (last === undefined) throw new UserError("there is no run yet: looop tick makes one");
    return last;
  }
  const found = RUN.test(word) ? await listRuns(profile, { run: word }) : [];
  const exact = found.find(({ run_id }) => run_id === word);
  if (exact !== undefined || found.length === 1) return exact ?? found[0];
  if (found.length > 1) {
    const ids = found.slice(0, 10).map(({ run_id }) => `\n  ${run_id}`).join("");
    throw new UserError(`${word} is the beginning of ${found.length} runs:${ids}`);
  }
  const unknown = `there is no run ${word}: looop runs lists them`;
  if (!hasRepository(profile)) throw new UserError(unknown);
  const { commit, rev } = await resolveCommit(profile, word).catch((error) => {
    throw new UserError(unknown, { cause: error });
  });
  const [made] = await listMoves(profile, { count: 1, range: `${commit}^!` });
  if (made === undefined) {
    const { stdout } = await tryGit(profile, ["log", "-1", "--format=%s", commit, "--"]);
    throw new UserError(`commit ${rev} is not of a run, but of an edit: ${stdout.trim()}`);
  }
  const [run] = await listRuns(profile, { run: made.run_id });
  return run;
}

interface Known {
  summary: RunSummary;
  changes: Change[];
  state: SeenWorld["state"];
  ledger: LedgerLine[];
}

async function causesOf(
  profile: Profile,
  { summary: { by, source }, changes, state, ledger }: Known,
): Promise<string[]> {
  if (by === "approval" && source !== null) {
    const ask = await findAsk(profile, source).catch(() => null);
    return [`you approved ${source}${ask ? `, which run ${ask.run_id} asked` : ""}`];
  }
  if (by === "schedule" && source !== null) return [`${source} was due`];
  const causes: string[] = [];
  if (ledger.some(({ kind }) => kind === "run")) causes.push("looop run: you asked for it");
  if (state?.baseline === null) causes.push("the first decision: everything is new");
  else causes.push(...changes.map(({ key, kind }) => `${key} ${kind}`));
  if (state?.again) causes.push("the loop decides again after the move before it");
  if (state?.failure) causes.push(`the decision before it failed: ${state.failure.why}`);
  return causes;
}

/** The move that the user approved: its ask has it, also in a clone. */
async function approvedMove(
  profile: Profile,
  { run_id, by, source, status }: RunSummary,
): Promise<Move | null> {
  const id = by === "approval" && source !== null
    ? source
    : status === "asked"
    ? await askIdOf(run_id)
    : null;
  const ask = id === null ? null : await findAsk(profile, id).catch(() => null);
  return ask?.approval?.move ?? null;
}

async function consequencesOf(
  profile: Profile,
  { run_id, action, status }: RunSummary,
  commit: MoveCommit | null,
): Promise<LedTo> {
  // The ask of a budget has an id of its own.
  const asked = commit?.paths.flatMap((path) => /^asks\/(\w+)\.json$/.exec(path)?.[1] ?? []) ?? [];
  const id = status === "held" ? asked[0] : await askIdOf(run_id);
  const ask = id === undefined ? null : await findAsk(profile, id).catch(() => null);
  const later = commit === null
    ? await listRuns(profile, { since: runTime(run_id) ?? undefined })
    : (await listMoves(profile, { range: `${commit.commit}..HEAD` })).reverse();
  return {
    ask: ask && {
      ...{ id: ask.id, kind: ask.kind, question: ask.question },
      ...{ answer: ask.answer, closed_by: ask.closed_by },
    },
    worker: action === "start_worker" ? await workerOf(profile, run_id) : null,
    undone_by: commit && await undoOf(profile, commit),
    next: later[later.findIndex((run) => run.run_id === run_id) + 1]?.run_id ?? null,
  };
}

async function workerOf(profile: Profile, runId: string): Promise<LedTo["worker"]> {
  const all = [...await listWorkers(profile).catch(() => []), ...await listEnded(profile)];
  const worker = all.find(({ run_id }) => run_id === runId);
  if (worker === undefined) return null;
  const costs = await workerCosts(profile, new Date(worker.started_at));
  return {
    ...{ id: worker.id, state: worker.state },
    verified: worker.verification?.passed ?? null,
    cost_usd: costs.get(ledgerIdOf(worker)) ?? 0,
  };
}

async function undoOf(profile: Profile, { commit, rev }: MoveCommit): Promise<string | null> {
  const undo = `--grep=^undid move ${rev.slice(0, 7)}`;
  const args = ["log", "-1", undo, "--format=%h", `${commit}..HEAD`, "--"];
  const { code, stdout } = await tryGit(profile, args);
  return code === 0 ? stdout.trim() || null : null;
}

function missingOf(
  profile: Profile,
  { summary, commit, move, hasDecision, past }: {
    summary: RunSummary;
    commit: MoveCommit | null;
    move: Move | null;
    hasDecision: boolean;
    past: SeenWorld | null;
  },
): string[] {
  const { run_id, action, status } = summary;
  const missing: string[] = [];
  // Its files are written and committed as it ends.
  if (status === "deciding" || status === "acting") return missing;
  // A tick over its budget decides nothing, and leaves no files.
  if (!hasDecision && status !== "held") {
    const saw = past === null || status === "no_decision" ? "what it saw, " : "";
    const which = move === null && status !== "no_decision" ? "the move, " : "";
    const what = `${saw}${which}prompt, answer, policy's reason, output`;
    missing.push(
      `runs/${run_id}/ (${what}): it is not in git, and only the newest ${profile.config.keep_runs} runs are stored` +
        (saw === "" ? "; what it saw is from state.json, with long values cut" : ""),
    );
  } else if (!isPresent(runFile(profile, run_id, "prompt.md")) && summary.calls > 0) {
    missing.push(`runs/${run_id}/prompt.md`);
  }
  if (commit === null) {
    const why = hasRepository(profile) ? "" : ": there is no git repository";
    if (status !== "unapplied") missing.push(`its commit${why}`);
  } else if (action === null && status === "made") {
    missing.push("its action and who decided: older versions of looop did not note them");
  }
  return missing;
}
