import { relative } from "@std/path";
import type { MovedResult, TickResult } from "../../schema/tick_result.ts";
import { cut, localDateTime, usd } from "../../schema/text.ts";
import { hangText, quoteBlock, safeLine, safeText, wrapText } from "./text.ts";
import { clockTime, joinLines, labelled, type Paint, type View } from "./view.ts";

/** Renders the result of one tick. */
export function renderTick(
  result: TickResult,
  view: View,
  { at, waitS }: { at: Date; /** Seconds until the next tick. */ waitS?: number },
): string {
  const [headline, ...notes] = describeTick(result);
  // A pulse reports in its header why there is no runner.
  if (result.outcome === "undecided" && waitS === undefined) notes.push(safeLine(result.why));
  const cost = "cost_usd" in result ? tickCost(result.cost_usd) : "";
  const next = waitS === undefined ? "" : `next in ${Math.round(waitS)} s`;
  const tail = [cost, next].filter(Boolean).join(", ");
  const time = `${clockTime(at)} `;
  const lines = labelled(time, `${headline}${tail && ` (${tail})`}`, view, paintFor(result, view));
  for (const note of notes) lines.push(...hangText(" ".repeat(time.length), note, view.columns));
  return joinLines(lines);
}

/** The outcome of a tick, then one line for each thing that the user can do. */
function describeTick(result: TickResult): string[] {
  switch (result.outcome) {
    case "idle":
      return ["idle: nothing changed"];
    case "paused":
      return ["paused: looop resume continues"];
    case "stopped":
      return ["stopped: no move was applied"];
    case "parked":
      return [
        `stopped deciding until ${localDateTime(result.until)}: ${safeLine(result.why)}`,
        RETRY,
      ];
    case "held":
      return [
        `over budget, so no runner is called: ${safeLine(result.why)}`,
        ...result.ask_id === null ? [] : [`to continue: looop answer ${result.ask_id} lift`],
      ];
    case "damped":
      return [`damped: ${safeLine(result.why)}`];
    case "undecided":
      return [
        result.changes.length === 0
          ? "undecided: no LLM is configured"
          : `changed, but no rule matched and no LLM is configured: ${
            result.changes.map(safeLine).join(", ")
          }`,
      ];
    case "failed":
      return [
        `decision failed: ${safeLine(result.error.message)}`,
        ...result.parked === null ? [] : describeParked(result.parked, result.error.message),
        ...ADVICE[result.error.kind] ?? [],
        `prompt and answers: runs/${result.run_id}/`,
      ];
    case "planned":
      return ["planned; nothing was applied"];
    case "moved":
      return describeMove(result);
  }
}

const RETRY = "to retry at once: looop resume";

/** How a failed decision parked the loop; its reason alone where it is not that of the failure. */
function describeParked({ why, until }: { why: string; until: string }, failure: string): string[] {
  const isOther = safeLine(why) !== safeLine(failure);
  return [
    `stopped deciding until ${localDateTime(until)}${isOther ? `: ${safeLine(why)}` : ""}`,
    RETRY,
  ];
}

const MAX_TITLE = 120;

function describeMove({ decision: { move }, verdict, result, journal }: MovedResult): string[] {
  const line = safeLine(journal).replace(/^- \d{4}-\d\d-\d\d \d\d:\d\d /, "");
  switch (result.status) {
    case "asked": {
      return [
        `waiting for your approval: ${cut(safeLine(result.title ?? move.action), MAX_TITLE)}`,
        `why: ${safeLine(verdict.why)}`,
      ];
    }
    case "denied":
    case "failed":
    case "interrupted":
      return [line];
    case "made":
      return [`${move.action}: ${line}`];
  }
}

/** What the user can do after errors of these kinds. */
const ADVICE: Partial<Record<string, string[]>> = {
  auth: ["log in to that program, or set another runner in the config: looop help config"],
  timeout: ["LOOOP_TICK_TIMEOUT is the limit of a decision in seconds"],
};

function paintFor(result: TickResult, { dim, red, green, yellow }: View): Paint {
  const outcome = result.outcome === "moved" ? result.result.status : result.outcome;
  if (outcome === "made") return green;
  if (["failed", "denied", "interrupted"].includes(outcome)) return red;
  return ["idle", "stopped", "damped"].includes(outcome) ? dim : yellow;
}

/** Renders the move of a dry run, with its source, the verdict and the cost of the decision. */
export function renderPlan(result: TickResult & { outcome: "planned" }, view: View): string {
  const { decision: { by, source, move }, verdict } = result;
  const { action, journal, ...fields } = move;
  const rows = [
    ["move", action],
    ["journal", safeLine(journal)],
    ["decided by", `${by} ${safeLine(source)}`],
    ["policy", `${verdict.then}, rule ${safeLine(verdict.rule)}: ${safeLine(verdict.why)}`],
    ["cost", tickCost(result.cost_usd) || "none: no runner was called"],
    ["applied", "no: this is a dry run"],
  ];
  const lines = rows.flatMap(([name, text]) => labelled(name.padEnd(12), text, view));
  for (const [name, value] of Object.entries(fields)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    lines.push(view.dim(`${name}:`), ...quoteBlock(text, view.columns, "columns"));
  }
  return joinLines(lines);
}

/** Renders the output of a runner while it works: indented and dim, apart from looop's own lines. */
export function renderProgress(text: string, { columns, dim }: View): string {
  const width = columns === null ? null : columns - 4;
  const lines = safeText(text).split("\n").filter((line) => line.trim() !== "");
  return joinLines(
    lines.flatMap((line) => wrapText(line, width)).map((line) => dim(`    ${line}`)),
  );
}

/** Reports a first run: the files that were created, and the next step. */
export function renderSeeded(
  seeded: string[],
  { dataDir, next }: { dataDir: string; next: string },
  { columns }: View,
): string {
  const files = seeded.map((path) => relative(dataDir, path)).join(", ");
  return joinLines([
    ...hangText("", `First run: created ${safeLine(dataDir)} with`, columns),
    ...hangText("  ", safeLine(files), columns),
    ...hangText("", safeLine(next), columns),
  ]);
}

/** The cost of a tick's calls; empty if there was none. `null` is unknown. */
function tickCost(cost: number | null): string {
  if (cost === null) return "cost unknown";
  return cost === 0 ? "" : usd(cost);
}
