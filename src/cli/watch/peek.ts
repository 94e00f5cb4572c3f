import { checkApproval } from "../../inbox/answer.ts";
import { readRunJournal } from "../../history/journal.ts";
import { explainRun } from "../../history/why.ts";
import { findGoal } from "../../documents/goals.ts";
import { findSchedule, upcomingSlots } from "../../documents/schedules.ts";
import { costsOfGoals } from "../../goals/ready.ts";
import { readMetric } from "../../goals/progress.ts";
import type { Profile } from "../../profile/profile.ts";
import { parseEntry } from "../../profile/journal.ts";
import { readState } from "../../profile/state.ts";
import { messageOf } from "../../schema/errors.ts";
import { sessionName } from "../../workers/list.ts";
import { socketOf, tmux } from "../../workers/tmux.ts";
import { readTranscript } from "../../workers/transcript.ts";
import { renderProgress } from "../output/goals.ts";
import { renderWhy } from "../output/history.ts";
import { renderAsks } from "../output/inbox.ts";
import { fitText, safeLine, safeText, wrapText } from "../output/text.ts";
import type { View } from "../output/view.ts";
import type { Item } from "./items.ts";

/** What the dashboard shows of the selected item, safe to print. */
export interface Peek {
  /** The item's key. */
  key: string;
  /** Begins with its end, like a terminal. */
  tail: boolean;
  /** Lines that fit the width. */
  render(view: View, now: Date): string[];
}

/** Loads the peek of an item; an error becomes its text. */
export async function loadPeek(profile: Profile, item: Item): Promise<Peek> {
  try {
    return await peekOf(profile, item);
  } catch (error) {
    return ofText(item, messageOf(error));
  }
}

async function peekOf(profile: Profile, item: Item): Promise<Peek> {
  const { key, kind, id, ask, worker } = item;
  if (ask) {
    const why = ask.approval ? await checkApproval(profile, ask) : null;
    const refusals = new Map(why === null ? [] : [[id, why]]);
    const render = (view: View, now: Date) => linesOf(renderAsks([ask], view, now, refusals));
    return { key, tail: false, render };
  }
  if (worker) {
    const screen = linesOf(profile.mask(await screenOf(profile, id, worker.alive)));
    const safe = screen.map((line) => safeText(line));
    return { key, tail: true, render: ({ columns }) => safe.map((line) => fitText(line, columns)) };
  }
  if (kind === "journal") {
    const [line] = parseEntry(id);
    const entries = line ? await readRunJournal(profile, new Date(line.at)) : [];
    const run = entries.find(({ at, text }) => at === line.at && text === line.text)?.run_id;
    if (!run) return ofText(item, id);
    const why = await explainRun(profile, run);
    return {
      key,
      tail: false,
      render: (view) => profile.mask(renderWhy(why, view)).trimEnd().split("\n"),
    };
  }
  if (item.schedule) {
    const file = fileText(profile, findSchedule(profile, id).bytes);
    const head = item.schedule.error === null
      ? upcomingSlots(profile, id, SLOTS).map(({ local }) => local)
      : [`invalid: ${item.schedule.error}`];
    const text = [...head.length === 0 ? ["no slot after this time"] : head, "", file].join("\n");
    return ofText(item, text, safeText);
  }
  if (kind !== "goal") return ofText(item, id);
  const { bytes } = findGoal(profile, id);
  const file = fileText(profile, bytes);
  const { goals } = await readState(profile);
  const history = await readMetric(profile, id, { count: MAX_HISTORY, since: goals[id]?.since });
  const cost = (await costsOfGoals(profile, [id], goals)).get(id) ?? { usd: 0, unknown: 0 };
  return {
    key,
    tail: false,
    render(view, now) {
      const head = item.goal ? renderProgress(item.goal, { history, cost, now }, view) : [];
      return [...head, "", ...wrapText(file, view.columns)];
    },
  };
}

/** How many values of a metric are shown at most: the last ones. */
const MAX_HISTORY = 1000;
/** How many of the next slots of a schedule are shown. */
const SLOTS = 5;

function fileText({ mask }: Profile, bytes: Uint8Array): string {
  return safeText(mask(new TextDecoder().decode(bytes))).trimEnd();
}

/** The worker's terminal; of an ended one, and of one without a terminal, its transcript. */
async function screenOf(profile: Profile, id: string, alive: boolean): Promise<string> {
  if (alive) {
    const target = `=${sessionName(id)}:`;
    const argv = ["capture-pane", "-p", "-t", target];
    const { code, stdout } = await tmux(profile, await socketOf(profile), argv);
    if (code === 0) return stdout.trimEnd();
  }
  return await readTranscript(profile, id);
}

function ofText({ key }: Item, text: string, safe = safeLine): Peek {
  const clean = safe(text).trimEnd();
  return { key, tail: false, render: ({ columns }) => wrapText(clean, columns) };
}

function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}
