import { type Ask, askerOf } from "../../schema/ask.ts";
import {
  type FullStatus,
  type GoalStatus,
  type ScheduleSummary,
  shownNote,
  type WorkerSummary,
} from "../../schema/status.ts";
import { duration, usd } from "../../schema/text.ts";
import { dueText, progressText } from "../output/goals.ts";
import { safeLine } from "../output/text.ts";

/** One line of the list: something that can be selected. */
export interface Item {
  /** Identifies it while it exists: `ask:a1b2c3`, `worker:fix-ci`. */
  key: string;
  kind: "ask" | "notice" | "worker" | "goal" | "schedule" | "journal";
  /** Its id; for a notice or a journal line the whole text. */
  id: string;
  /** Safe to print; the last one may have any length. */
  cells: string[];
  /** It waits for the user. */
  waits: boolean;
  ask?: Ask;
  /** The question that it waits with. */
  question?: Ask;
  worker?: WorkerSummary;
  goal?: GoalStatus;
  schedule?: ScheduleSummary;
}

/** A group of the list. */
export interface Group {
  title: string;
  items(status: FullStatus, now: Date): Item[];
}

/** The groups in their order; an empty one is not shown. A new noun is one more entry, with its peek in `peek.ts`. */
export const GROUPS: readonly Group[] = [
  { title: "INBOX", items: inbox },
  { title: "WORKERS", items: workers },
  { title: "GOALS", items: goals },
  { title: "SCHEDULES", items: schedules },
  { title: "JOURNAL", items: journal },
];

function inbox({ open_asks, notices, pulse, exists }: FullStatus, now: Date): Item[] {
  const asks = open_asks.map((ask): Item => ({
    ...{ key: `ask:${ask.id}`, kind: "ask", id: ask.id, ask, waits: true },
    ...(ask.kind === "question" && { question: ask }),
    cells: [ask.id, askerOf(ask), since(ask.asked_at, now), safeLine(ask.question)],
  }));
  const down = pulse.running || !exists ? [] : ["no pulse is running; looop up starts one"];
  const others = [...down, ...notices].map((text): Item => ({
    ...{ key: `notice:${text}`, kind: "notice", id: text, waits: true, cells: [safeLine(text)] },
  }));
  return [...asks, ...others];
}

function workers(status: FullStatus, now: Date): Item[] {
  const seen = new Map<string, number>();
  return status.workers.map((worker): Item => {
    const { id, state, started_at, idle_s, flagged } = worker;
    const cost = status.worker_costs_usd[id] ?? 0;
    // Archived workers may share their id with a later one.
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    const asks = status.open_asks.filter((ask) => ask.worker === id);
    const question = worker.alive ? asks.find(({ kind }) => kind === "question") : undefined;
    return {
      ...{ key: `worker:${id}${count === 0 ? "" : `:${count}`}`, kind: "worker", id, worker },
      ...(question && { question }),
      waits: flagged && asks.length === 0,
      cells: [
        id,
        state,
        since(started_at, now),
        idle_s === null ? "" : `idle ${duration(idle_s * 1000)}`,
        cost === 0 ? "" : usd(cost),
        safeLine(shownNote(worker)),
      ],
    };
  });
}

function goals({ goals }: FullStatus, now: Date): Item[] {
  return goals.map((one): Item => {
    const { id, goal, priority, error, overdue, stalled_since } = one;
    const text = safeLine(error === null ? goal : `broken: ${error}`);
    return {
      ...{ key: `goal:${id}`, kind: "goal", id, goal: one },
      waits: overdue === true || stalled_since !== undefined || error !== null,
      cells: [id, `p${priority}`, progressText(one, now), dueText(one, now), text],
    };
  });
}

function schedules({ schedules }: FullStatus, now: Date): Item[] {
  return schedules.map((schedule): Item => {
    const { name, timing, note, error, untrusted } = schedule;
    const text = error === null ? `${untrusted ? "(untrusted) " : ""}${note}` : `invalid: ${error}`;
    return {
      ...{ key: `schedule:${name}`, kind: "schedule", id: name, schedule },
      waits: error !== null,
      cells: [safeLine(name), nextText(schedule, now), safeLine(timing), safeLine(text)],
    };
  });
}

/** Such as `in 3 h` or `due now`; empty if there is no further slot. */
function nextText({ due, next }: ScheduleSummary, now: Date): string {
  if (due !== null) return "due now";
  return next === null ? "" : `in ${duration(Date.parse(next) - now.getTime())}`;
}

function journal({ journal }: FullStatus): Item[] {
  return journal.map((line): Item => ({
    ...{ key: `journal:${line}`, kind: "journal", id: line, waits: false },
    cells: [safeLine(line.slice(2))],
  }));
}

function since(iso: string, now: Date): string {
  return duration(now.getTime() - Date.parse(iso));
}

/** Reports whether it is an ask, or a worker with a flag that no ask has raised. */
export function isAsk({ kind, waits }: Item): boolean {
  return kind === "ask" || (kind === "worker" && waits);
}
