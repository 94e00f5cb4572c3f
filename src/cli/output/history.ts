import type { RunEntry } from "../../history/journal.ts";
import type { EndedWorker, Report } from "../../history/report.ts";
import type { RunSummary } from "../../history/runs.ts";
import type { Why } from "../../history/why.ts";
import { askerOf } from "../../schema/ask.ts";
import { canonicalJson, type Json } from "../../schema/json.ts";
import type { LedgerLine } from "../../schema/ledger.ts";
import { cut, duration, localDay, localTime, plural, usd } from "../../schema/text.ts";
import { hangText, quoteBlock, safeLine } from "./text.ts";
import {
  type Cell,
  dateTime,
  joinLines,
  labelled,
  type Paint,
  renderTable,
  thousands,
  type View,
} from "./view.ts";

/**
 * Renders journal lines with their times.
 *
 * @param older how many older lines are not shown
 */
export function renderJournal(entries: RunEntry[], older: number, view: View): string {
  if (entries.length === 0) return "no entries\n";
  const note = older === 0 ? [] : [view.dim(`${older} older entries: --since TIME`)];
  return joinLines([
    ...note,
    ...entries.flatMap(({ at, text, tainted }) => {
      const time = new Date(at);
      const head = `${localDay(time)} ${localTime(time)}  `;
      const [first, ...rest] = hangText(
        head,
        safeLine(`${tainted ? "~ " : ""}${text}`),
        view.columns,
      );
      return [view.dim(head) + first.slice(head.length), ...rest];
    }),
    ...legend(entries, view),
  ]);
}

/** What `~` stands for, if it is shown on a terminal: a program reads the lines alone. */
function legend(shown: readonly { tainted: boolean }[], view: View): string[] {
  if (view.columns === null || !shown.some(({ tainted }) => tainted)) return [];
  return hangText("", "~ untrusted input may have influenced this", view.columns).map(view.dim);
}

/** Renders runs as a table, one line each, oldest first. */
export function renderRuns(runs: RunSummary[], older: boolean, view: View): string {
  if (runs.length === 0) return "no runs\n";
  const rows = runs.map((run): Cell[] => [
    [shortId(run.run_id), view.bold],
    [dateTime(new Date(run.at))],
    [run.goal ?? ""],
    [run.action ?? ""],
    [statusText(run), statusPaint(run, view)],
    [
      run.by === null
        ? ""
        : run.by === "rule" || run.by === "runner"
        ? safeLine(run.source ?? "")
        : run.by,
    ],
    [run.calls === 0 ? "" : costText(run.cost_usd)],
    [safeLine(`${run.tainted ? "~ " : ""}${run.text}`)],
  ]);
  const heads = ["RUN", "WHEN", "GOAL", "ACTION", "STATUS", "BY", "COST", "WHAT"];
  const note = older ? `${view.dim("older runs: --since TIME")}\n` : "";
  return note + renderTable(heads, rows, view) + joinLines(legend(runs, view));
}

/** The last part of a run id, which is enough to name it. */
function shortId(runId: string): string {
  return runId.slice(runId.indexOf("-") + 1);
}

function statusText({ status }: Pick<RunSummary, "status">): string {
  return status === null ? "" : status === "held" ? "over budget" : status.replace("_", " ");
}

function statusPaint({ status }: RunSummary, view: View): Paint | undefined {
  if (status === "failed" || status === "no_decision" || status === "denied") return view.red;
  return status === "asked" || status === "held" || status === "interrupted"
    ? view.yellow
    : undefined;
}

function costText(dollars: number | null): string {
  return dollars === null ? "unknown" : usd(dollars);
}

/** Renders all about one run. */
export function renderWhy(why: Why, view: View): string {
  const { run_id, at, commit, goal, text, tainted, woken_by, move, error, missing } = why;
  const row = (label: string, value: string, paint?: Paint) =>
    value === "" ? [] : labelled(label.padEnd(11), safeLine(value), view, paint);
  const mark = tainted ? "~ " : "";
  return joinLines([
    `${view.bold(run_id)}  ${dateTime(new Date(at))}`,
    ...hangText("  ", safeLine(mark + text), view.columns),
    "",
    ...row("goal", goal ?? ""),
    ...row(
      "woken by",
      woken_by.join("; ") || (/held|deciding/.test(`${why.status}`) ? "" : "unknown"),
    ),
    ...changeLines(why, view),
    ...row("decided", deciderText(why)),
    ...move === null ? [] : row("move", cut(canonicalJson(move as unknown as Json), MAX_MOVE)),
    ...error === null ? [] : row("error", error, view.red),
    ...row("policy", policyText(why)),
    ...row("done", doneText(why), statusPaint(why, view)),
    ...outputLines(why, view),
    ...row("commit", commit ?? ""),
    ...row("files", why.files.join(", ")),
    ...row("cost", ledgerText(why.ledger)),
    ...row("led to", consequences(why).join("; ")),
    ...missing.flatMap((text) => row("missing", text, view.yellow)),
  ]);
}

/** Max. characters of a move: `--json` has all of it. */
const MAX_MOVE = 1500;

function changeLines({ changes }: Why, view: View): string[] {
  return changes.flatMap(({ key, lines, untrusted }) =>
    lines.length === 0 ? [] : [
      view.dim(`  ${safeLine(key)}${untrusted ? " (untrusted)" : ""}`),
      ...quoteBlock(lines.join("\n"), view.columns, "words"),
    ]
  );
}

function deciderText({ by, source, status, ledger }: Why): string {
  if (status === "held") return "nothing: a budget is used up";
  const models = [...new Set(ledger.map(({ runner, model }) => model ?? runner))].join(", ");
  if (by === null) return models === "" ? "unknown" : `by ${models}`;
  if (by === "approval") return `you approved ${source}`;
  if (by === "code") return "by code of the program that uses looop";
  if (by === "schedule") return `by ${source}`;
  return `by ${by} ${source}${models === "" ? "" : ` (${models})`}`;
}

function policyText({ policy, action, status }: Why): string {
  if (policy === null) return action === null || status === "unapplied" ? "" : "unknown";
  const reason = policy.why === null || policy.why === policy.rule ? "" : `: ${policy.why}`;
  return `${policy.then}, by rule ${policy.rule}${reason}`;
}

function doneText({ status, outcome, action }: Why): string {
  if (status === null) return "unknown";
  if (status === "deciding" || status === "acting") return `nothing yet: it is ${status} now`;
  if (status === "unapplied") return "nothing: a dry run, or looop was stopped before";
  if (status === "no_decision" || status === "held") return `nothing: ${statusText({ status })}`;
  const what = outcome === null || outcome.summary === "" ? "" : `: ${outcome.summary}`;
  return `${action === null ? "" : `${action} `}${status}${what}`;
}

function outputLines({ outcome }: Why, view: View): string[] {
  const tail = outcome?.output_tail ?? "";
  return tail === "" ? [] : quoteBlock(tail, view.columns, "columns");
}

function ledgerText(ledger: LedgerLine[]): string {
  if (ledger.length === 0) return "none: no runner was called";
  const known = ledger.flatMap(({ cost_usd }) => cost_usd ?? []);
  const unknown = ledger.length - known.length;
  const sum = (pick: (line: LedgerLine) => number | null, show: (sum: number) => string) => {
    const values = ledger.flatMap((line) => pick(line) ?? []);
    return values.length === 0 ? [] : [show(values.reduce((sum, value) => sum + value))];
  };
  return [
    ...sum(({ cost_usd }) => cost_usd, usd),
    ...unknown > 0 ? [known.length > 0 ? `${unknown} unknown` : "unknown"] : [],
    plural(ledger.length, "call"),
    ...sum(({ duration_ms }) => duration_ms, duration),
    ...sum(({ input_tokens }) => input_tokens, (count) => `${thousands(count)} tokens in`),
    ...sum(({ output_tokens }) => output_tokens, (count) => `${thousands(count)} out`),
  ].join(", ");
}

function consequences({ led_to: { ask, worker, undone_by, next } }: Why): string[] {
  const found: string[] = [];
  if (ask !== null) {
    const { answer, closed_by } = ask;
    const became = answer
      ? `answered ${JSON.stringify(cut(answer.text, 200))} at ${dateTime(new Date(answer.at))}`
      : closed_by === undefined
      ? "open"
      : `closed (${closed_by})`;
    const run = answer && closed_by?.includes("-") ? `, seen by run ${closed_by}` : "";
    found.push(`${ask.kind} ${ask.id}: ${became}${run}`);
  }
  if (worker !== null) {
    const { id, state, verified, cost_usd } = worker;
    const verify = verified === null ? "" : verified ? ", verified" : ", its verify failed";
    found.push(`worker ${id}: ${state}${verify}, ${usd(cost_usd)}`);
  }
  if (undone_by !== null) found.push(`undone by commit ${undone_by}`);
  if (next !== null) found.push(`next run ${next}`);
  return found;
}

/** Renders a report: a heading for each part that is not empty. */
export function renderReport(report: Report, view: View): string {
  const { workers, spent } = report;
  const by = (goal: string | null) => goal === null ? "" : ` (${goal})`;
  const ended = (result: EndedWorker["result"]) =>
    workers.filter((worker) => worker.result === result)
      .map(({ id, state, note, goal }) => `worker ${id}: ${note ?? state}${by(goal)}`);
  const goals = spent.by_goal.filter(({ key }) => key !== null)
    .map(({ key, cost_usd }) => `${key} ${usd(cost_usd)}`);
  const unknown = spent.unknown_costs === 0
    ? ""
    : `, ${plural(spent.unknown_costs, "call")} of unknown cost`;
  const parts: [heading: string, lines: string[], paint?: Paint][] = [
    ["done and verified", ended("verified"), view.green],
    ["done", [
      ...ended("done"),
      ...report.done.map(({ at, text, goal }) => `${timeIn(report, at)} ${text}${by(goal)}`),
    ]],
    ["failed", [
      ...ended("failed"),
      ...report.failed.map(({ text, goal, times }) =>
        `${times > 1 ? `${times} times: ` : ""}${text}${by(goal)}`
      ),
    ], view.red],
    [
      "asked",
      report.asked.map((ask) =>
        `${ask.id}${ask.worker === undefined ? "" : `, by ${askerOf(ask)}`}: ${
          cut(ask.question, MAX_QUESTION)
        }`
      ),
    ],
    ["answered", report.answered.map(({ id, answer }) => `${id}: ${cut(answer, MAX_QUESTION)}`)],
    [
      "spent",
      spent.calls === 0 ? [] : [
        `${usd(spent.cost_usd)}${unknown}, ${plural(spent.calls, "call")}`,
        ...goals.length > 0 ? [`by goal: ${goals.join(", ")}`] : [],
      ],
    ],
    ["stuck", [
      ...report.stuck,
      ...report.waiting > 0 ? [`${plural(report.waiting, "ask")} for you: looop asks`] : [],
    ], view.yellow],
    [
      "finished goals",
      report.finished_goals.map(({ id, why, cost_usd }) => `${id}, ${usd(cost_usd)}: ${why}`),
    ],
    ["next", report.next_due.map(({ at, what }) => `${timeIn(report, at)} ${what}`)],
  ];
  const shown = parts.filter(([, lines]) => lines.length > 0);
  const head = `since ${dateTime(new Date(report.since))}`;
  return joinLines([
    view.dim(shown.length === 0 ? `nothing happened ${head}` : head),
    ...shown.flatMap(([heading, lines, paint = (text: string) => text]) => [
      "",
      view.bold(heading),
      ...lines.flatMap((line) => hangText("  ", safeLine(line), view.columns)).map(paint),
    ]),
  ]);
}

/** Max. characters of a question or an answer. */
const MAX_QUESTION = 200;

/** A time of day, with the day if it is another one than that of the report. */
function timeIn({ until }: Report, iso: string): string {
  const at = new Date(iso);
  return localDay(at) === localDay(new Date(until)) ? localTime(at) : dateTime(at);
}
