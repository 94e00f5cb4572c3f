import { unicodeWidth } from "@std/unicode-width";
import type { WorkerSummary } from "../../schema/status.ts";
import type { WorkerState } from "../../schema/worker.ts";
import { fitText, safeLine } from "./text.ts";
import { duration, type Paint, type View } from "./view.ts";

/** Where there is no terminal, the most columns of a note; JSON has all of it. */
const MAX_NOTE = 200;
/** Columns that a terminal must have for these to be shown: what is narrow has room for what matters most. */
const AGE_FROM = 44;
const IDLE_FROM = 56;
const LEAST_ID = 8;

type Cell = [text: string, paint: Paint];

/** Shows workers as a table, one line each, cut to the terminal's width. */
export function renderWorkers(workers: WorkerSummary[], view: View, now: Date): string[] {
  if (workers.length === 0) return ["no workers: looop start-session starts one"];
  const columns = view.columns ?? Infinity;
  const most = Math.max("ID".length, ...workers.map(({ id }) => id.length));
  const id = Math.min(most, Math.max(LEAST_ID, Math.floor(columns / 3)));
  const plain: Paint = (text) => text;
  const table = [
    { mark: " ", id: "ID", state: "STATE", age: "AGE", idle: "IDLE", note: "NOTE", paint: plain },
    ...workers.map((worker) => ({
      mark: worker.flagged ? "⚑" : " ",
      id: worker.id,
      state: worker.state,
      age: duration(now.getTime() - Date.parse(worker.started_at)),
      idle: worker.idle_s === null ? "" : duration(worker.idle_s * 1000),
      note: fitText(safeLine(worker.note ?? ""), MAX_NOTE),
      paint: paintOf(worker, view),
    })),
  ];
  return table.map((row, i) => {
    const usual = i === 0 ? view.dim : plain;
    const cells: Cell[] = [
      [`${row.mark} `, view.yellow],
      [`${fitText(row.id, id).padEnd(id)}  `, i === 0 ? view.dim : view.bold],
      [`${row.state.padEnd(8)}  `, i === 0 ? view.dim : row.paint],
    ];
    if (columns >= AGE_FROM) cells.push([`${row.age.padStart(7)}  `, usual]);
    if (columns >= IDLE_FROM) cells.push([`${row.idle.padStart(7)}  `, usual]);
    return lineOf([...cells, [row.note, usual]], columns);
  });
}

function paintOf({ state, verified }: WorkerSummary, view: View): Paint {
  const paints: Record<WorkerState, Paint> = {
    running: view.green,
    waiting: view.yellow,
    stuck: view.red,
    done: verified === false ? view.yellow : view.green,
    failed: view.red,
    orphaned: view.red,
    lost: view.red,
  };
  return paints[state];
}

/** Joins cells, cut before they are painted; what follows the last text is left out. */
function lineOf(cells: Cell[], columns: number): string {
  const last = cells.findLastIndex(([text]) => text.trim() !== "");
  let room = columns;
  let line = "";
  for (const [i, [text, paint]] of cells.slice(0, last + 1).entries()) {
    const cell = i === last ? text.trimEnd() : text;
    // What is cut takes three columns at least: a wide character and the sign that there was more.
    if (room < 3 && unicodeWidth(cell) > room) break;
    const fitting = fitText(cell, room === Infinity ? null : room);
    line += paint(fitting);
    room -= unicodeWidth(fitting);
  }
  return line;
}
