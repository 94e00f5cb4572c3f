import type { MovedResult, TickResult } from "../model/tick_result.ts";
import { tickCost } from "./format_cost.ts";
import { clockTime } from "./format_time.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/** Tells what one tick came to: a line or more, each ended. */
export function renderTick(
  result: TickResult,
  view: View,
  { at, waitS }: { at: Date; /** Seconds until the next. */ waitS?: number },
): string {
  const [headline, ...notes] = tellTick(result);
  // A pulse tells at its start why there is no runner.
  if (result.outcome === "undecided" && waitS === undefined) notes.push(safeLine(result.why));
  const cost = "cost_usd" in result ? tickCost(result.cost_usd) : "";
  const next = waitS === undefined ? "" : `next in ${Math.round(waitS)} s`;
  const tail = [cost, next].filter(Boolean).join(", ");
  const time = `${clockTime(at)} `;
  const [first, ...rest] = hangText(time, `${headline}${tail && ` (${tail})`}`, view.columns);
  const paint = paintFor(result, view);
  const lines = [view.dim(time) + paint(first.slice(time.length)), ...rest.map(paint)];
  for (const note of notes) lines.push(...hangText(" ".repeat(time.length), note, view.columns));
  return lines.map((line) => `${line}\n`).join("");
}

/** What a tick came to, and what to do about it. */
function tellTick(result: TickResult): string[] {
  switch (result.outcome) {
    case "idle":
      return ["idle: nothing changed"];
    case "paused":
      return ["paused: looop resume goes on"];
    case "stopped":
      return ["stopped: nothing was made"];
    case "parked":
      return [
        `parked, so nothing is decided: ${safeLine(result.why)}`,
        "when that is mended, looop resume tries again",
      ];
    case "held":
      return [
        `held, so no runner is asked: ${safeLine(result.why)}`,
        ...result.ask_id === null ? [] : [`looop answer ${result.ask_id} lift goes on for today`],
      ];
    case "damped":
      return [`damped: ${safeLine(result.why)}`];
    case "undecided":
      return [`undecided: no rule fired, and there is no runner (${changed(result.changes)})`];
    case "failed":
      return [
        `no decision: ${safeLine(result.error.message)}`,
        ...result.parked === null ? [] : [`parked: ${safeLine(result.parked)}`],
        ...adviceFor(result.error.kind),
        `the whole conversation is in runs/${result.run_id}/`,
      ];
    case "planned":
      return ["planned, nothing made"];
    case "moved":
      return tellMove(result);
  }
}

function tellMove({ decision, verdict, result, journal }: MovedResult): string[] {
  const { action } = decision.move;
  const line = safeLine(journal).replace(/^- \d{4}-\d\d-\d\d \d\d:\d\d /, "");
  switch (result.status) {
    case "asked":
      return [
        `${action} waits for your yes: ${safeLine(decision.move.journal)}`,
        `why: ${safeLine(verdict.why)}`,
      ];
    case "denied":
    case "failed":
    case "interrupted":
      return [line];
    case "made":
      return [`${action}: ${line}`];
  }
}

function changed(keys: string[]): string {
  if (keys.length === 0) return "the last move asked for another look";
  return `changed: ${keys.map(safeLine).join(", ")}`;
}

function adviceFor(kind: string): string[] {
  switch (kind) {
    case "auth":
      return ["log in to that program, or set another runner in the config: looop help config"];
    case "timeout":
      return ["LOOOP_TICK_TIMEOUT is how many seconds a decision may take"];
    default:
      return [];
  }
}

function paintFor(result: TickResult, { dim, red, green, yellow }: View): (text: string) => string {
  switch (result.outcome) {
    case "moved":
      if (result.result.status === "made") return green;
      return result.result.status === "asked" ? yellow : red;
    case "failed":
      return red;
    case "parked":
    case "held":
    case "undecided":
    case "paused":
    case "planned":
      return yellow;
    default:
      return dim;
  }
}
