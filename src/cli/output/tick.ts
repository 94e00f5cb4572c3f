import { relative } from "@std/path";
import { pickRunner } from "../../decide/decide.ts";
import type { Profile } from "../../profile/profile.ts";
import type { MovedResult, TickResult } from "../../schema/status.ts";
import { tickCost } from "../commands/cost.ts";
import { hangText, labelRow, quoteBlock, safeLine, safeText, wrapText } from "./text.ts";
import { clockTime, type View } from "./view.ts";

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

/** Shows a dry run's move: what it is, who decided it, what policy says of it, and what deciding cost. */
export function renderPlan(result: TickResult & { outcome: "planned" }, view: View): string {
  const { decision: { by, source, move }, verdict } = result;
  const { action, journal, ...fields } = move;
  const rows = [
    ["move", action],
    ["journal", safeLine(journal)],
    ["decided by", `${by} ${safeLine(source)}`],
    ["policy", `${verdict.then}, rule ${safeLine(verdict.rule)}: ${safeLine(verdict.why)}`],
    ["price", tickCost(result.cost_usd) || "nothing: no runner was called"],
    ["made", "nothing: this is a dry run"],
  ];
  const lines = rows.flatMap(([name, text]) =>
    labelRow(name.padEnd(12), text, { ...view, paintLabel: view.dim })
  );
  for (const [name, value] of Object.entries(fields)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    lines.push(view.dim(`${name}:`), ...quoteBlock(text, view.columns, "columns"));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** Shows what a runner says while it works: indented and dim, so that it stands apart from looop's own words. */
export function renderProgress(text: string, { columns, dim }: View): string {
  const width = columns === null ? null : columns - 4;
  const lines = safeText(text).split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line) => wrapText(line, width))
    .map((line) => `${dim(`    ${line}`)}\n`).join("");
}

/** Reports a first run: what was written where, and the next step. */
export function renderSeeded(seeded: string[], profile: Profile, { columns }: View): string {
  const { dataDir } = profile.paths;
  const files = seeded.map((path) => relative(dataDir, path)).join(", ");
  const picked = pickRunner(profile);
  const why = profile.config.runner === "auto" || picked.runner
    ? "no LLM runner is installed"
    : picked.why;
  const next = picked.runner
    ? "The goal setup now asks what you work on, and makes these files fit: looop asks"
    : `${why}; run \`looop init\` to choose what to watch`;
  return [
    ...hangText("", `First run: made ${safeLine(dataDir)} with`, columns),
    ...hangText("  ", safeLine(files), columns),
    ...hangText("", safeLine(next), columns),
  ].map((line) => `${line}\n`).join("");
}

/** What a pulse tells of itself when it starts. */
export interface Header {
  version: string;
  dataDir: string;
  configPath: string;
  configThere: boolean;
  /** The runner's name, or why there is none. */
  runner: { name: string } | { why: string };
  /** Seconds between ticks. */
  intervalS: number;
}

/** Tells what is running, on which files, and how it is stopped. */
export function renderHeader(header: Header, view: View): string {
  const { version, dataDir, configPath, configThere, runner, intervalS } = header;
  const rows = [
    ["looop", `${version}, a look every ${intervalS} s; Ctrl-C stops it`],
    ["data", dataDir],
    ["config", configThere ? configPath : `${configPath} (not there, so the defaults hold)`],
    [
      "runner",
      "name" in runner ? runner.name : `none, so only the goals' own rules decide: ${runner.why}`,
    ],
  ];
  return rows.flatMap(([name, text]) =>
    labelRow(name.padEnd(8), text, { ...view, paintLabel: view.bold })
  ).map((line) => `${line}\n`).join("");
}
