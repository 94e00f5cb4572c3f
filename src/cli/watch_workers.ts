import type { Terminal } from "../host/terminal.ts";
import { listFleet } from "../list_fleet.ts";
import type { WorkerSummary } from "../model/status.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { clockTime } from "./format_time.ts";
import { renderWorkers } from "./render_workers.ts";
import { safeLine } from "./safe_text.ts";
import { type View, viewOf } from "./view.ts";
import { WatchScreen } from "./watch_screen.ts";
import { wrapText } from "./wrap_text.ts";

/** How to watch. */
export interface WatchInput {
  terminal: Terminal;
  /** Ends it. */
  signal: AbortSignal;
  intervalMs: number;
  /** Also those that have been archived. */
  all: boolean;
}

/** Shows the workers, drawn again at each interval, until it is stopped. */
export async function watchWorkers(profile: Profile, input: WatchInput): Promise<void> {
  const { terminal, signal, intervalMs, all } = input;
  using screen = new WatchScreen(terminal, signal);
  while (!signal.aborted) {
    // On stderr they would stand across the table.
    const warnings: string[] = [];
    const quiet = { ...profile, warn: (text: string) => void warnings.push(text) };
    let workers: WorkerSummary[] | null = null;
    try {
      workers = await listFleet(quiet, all);
    } catch (error) {
      warnings.push(messageOf(error));
    }
    const view = await viewOf(terminal);
    const now = profile.clock.now();
    screen.draw([
      ...wrapText(headline(workers, now), view.columns).map(view.bold),
      ...(workers ? ["", ...renderWorkers(workers, view, now)] : []),
      ...warnings.flatMap((text) => ["", ...inRed(text, view)]),
    ]);
    await profile.clock.sleep(intervalMs, signal);
  }
}

function headline(workers: WorkerSummary[] | null, now: Date): string {
  if (workers === null) return `${clockTime(now)}  the workers cannot be listed`;
  const count = (what: string, of: (worker: WorkerSummary) => boolean) =>
    `${workers.filter(of).length} ${what}`;
  return `${clockTime(now)}  ${count("alive", ({ alive }) => alive)}, ` +
    `${count("waiting for you", ({ flagged }) => flagged)}, ` +
    count("ended", ({ alive }) => !alive);
}

function inRed(text: string, { columns, red }: View): string[] {
  return wrapText(safeLine(text), columns).map(red);
}
