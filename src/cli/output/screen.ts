import { maskJson } from "../../mask/mask.ts";
import { onCrash, type Terminal } from "../../os/terminal.ts";
import type { Profile } from "../../profile/profile.ts";
import type { TickResult } from "../../schema/tick_result.ts";
import { openAsks } from "../../inbox/asks.ts";
import { listDemands } from "../../inbox/attention.ts";
import { describeError } from "../main.ts";
import { renderBanner, renderFlags } from "./inbox.ts";
import { fitText, safeLine } from "./text.ts";
import { renderProgress, renderTick } from "./tick.ts";
import { PLAIN, type View, viewOf } from "./view.ts";

/**
 * The output of a pulse. A tick without news takes one line, which the next tick overwrites; without a terminal it
 * prints nothing, so that a log does not grow while nothing happens.
 */
export class PulseScreen {
  /** Identifies what was printed last, so that it is not repeated; empty after news. */
  #printed = "";
  /** Keys of the asks and flags that were shown last. */
  #demands: string[] = [];

  constructor(
    private readonly terminal: Terminal,
    private readonly profile: Profile,
    private view: View,
  ) {}

  async showTick(made: TickResult, waitS: number): Promise<void> {
    const result = maskJson(this.profile.mask, made);
    if (result.outcome === "stopped") return;
    const at = this.profile.clock.now();
    this.view = await viewOf(this.terminal);
    const same = sameness(result);
    const again = same !== "" && same === this.#printed;
    const { columns, dim } = this.view;
    if (again || (result.outcome === "idle" && columns !== null)) {
      const [line] = renderTick(result, PLAIN, { at, waitS }).split("\n");
      // A full line would wrap, and its first half could not be overwritten.
      this.terminal.status(dim(fitText(line, columns && columns - 1)));
    } else {
      this.terminal.out(renderTick(result, this.view, { at, waitS }));
    }
    this.#printed = same;
    await this.showDemands();
  }

  showError(error: unknown, waitS: number): void {
    const text = describeError(error);
    if (text !== this.#printed) {
      this.terminal.err(`${text}looop: retrying in ${Math.round(waitS)} s\n`);
    }
    this.#printed = text;
  }

  /** @param problem `null`: there is none any more */
  showConfigProblem(problem: string | null): void {
    const text = problem ?? "the config can be used again, and applies";
    this.terminal.err(`looop: ${problem === null ? "" : "warning: "}${safeLine(text)}\n`);
    this.#printed = "";
  }

  showProgress(text: string): void {
    this.terminal.out(renderProgress(text, this.view));
  }

  /**
   * Shows the open asks and the flags, if there are others than before.
   *
   * @param ofWorkers only if one of a worker is new: those of the loop itself follow its tick's result
   */
  async showDemands({ ofWorkers = false } = {}): Promise<void> {
    const { asks } = await openAsks(this.profile);
    const items = await listDemands(this.profile);
    const fresh = items.filter(({ key }) => !this.#demands.includes(key));
    if (ofWorkers && fresh.every(({ from }) => from === "looop")) return;
    const keys = items.map(({ key }) => key);
    if (keys.join() === this.#demands.join()) return;
    this.#demands = keys;
    const { flag: flags = [], goal: goals = [] } = Object.groupBy(items, ({ kind }) => kind);
    const waiting = [...flags, ...goals];
    if (asks.length > 0) this.terminal.out(renderBanner(asks, this.view));
    if (waiting.length > 0) this.terminal.out(renderFlags(waiting, this.view));
  }
}

/** Equal for ticks of which only the first is news; empty for a tick that always is. */
function sameness(result: TickResult): string {
  const isNews = ["failed", "moved", "planned"].includes(result.outcome);
  return isNews ? "" : renderTick(result, PLAIN, { at: new Date(0), waitS: 0 });
}

/**
 * The title of the terminal is saved; alternate screen, no cursor, no wrapping: the terminal may draw a character wider
 * than looop measures it. A pasted text is marked as such: its characters are no keys. The mouse stays the terminal's
 * own, which copies with it.
 */
const ENTER = "\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J";
/** Cleared first: after a resize, tmux 3.3 would leave lines of it behind. */
const LEAVE = "\x1b[2J\x1b[1;1H\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[23;2t";

/** A screen that is redrawn in place; disposing it restores the terminal. */
export class WatchScreen implements Disposable {
  #left = false;
  /** The lines that the terminal shows; empty if it is unknown. */
  #shown: string[] = [];
  #size = "";
  #title = "";
  readonly #crash: Disposable;

  /** @param signal restores the terminal at once, even while the caller still collects data */
  constructor(private readonly terminal: Terminal, private readonly signal: AbortSignal) {
    terminal.out(ENTER);
    signal.addEventListener("abort", this.#leave);
    this.#crash = onCrash(this.#leave);
    if (signal.aborted) this.#leave();
  }

  /** Shows these lines: it writes those that changed. Lines that do not fit are counted instead. */
  draw(lines: string[]): void {
    if (this.#left) return;
    const rows = Math.max(this.terminal.rows() ?? 24, 2);
    const columns = this.terminal.columns();
    const shown = lines.length <= rows
      ? lines
      : [...lines.slice(0, rows - 1), fitText(`… ${lines.length - rows + 1} more`, columns)];
    const size = `${columns} ${rows}`;
    const all = size !== this.#size || this.#shown.length === 0;
    // Each line is cleared first: clearing after a full line would erase its last character.
    const changed = shown.flatMap((line, row) =>
      all || line !== this.#shown[row] ? [`\x1b[${row + 1};1H\x1b[2K${line}`] : []
    );
    const below = all || shown.length < this.#shown.length;
    if (below && shown.length < rows) changed.push(`\x1b[${shown.length + 1};1H\x1b[J`);
    this.#shown = shown;
    this.#size = size;
    // One write avoids flicker.
    if (changed.length > 0) this.terminal.out(changed.join(""));
  }

  /** Sets the title of the terminal until the screen is left; the text is safe to print. */
  title(text: string): void {
    if (this.#left || text === this.#title) return;
    this.#title = text;
    this.terminal.out(`\x1b]2;${text}\x1b\\`);
  }

  /** Gives the terminal away while something else uses it, and draws on it again afterwards. */
  async lend<T>(use: () => Promise<T>): Promise<T> {
    this.terminal.out(LEAVE);
    try {
      return await use();
    } finally {
      if (!this.#left) this.terminal.out(ENTER);
      this.#shown = [];
      this.#title = "";
    }
  }

  [Symbol.dispose](): void {
    this.signal.removeEventListener("abort", this.#leave);
    this.#crash[Symbol.dispose]();
    this.#leave();
  }

  readonly #leave = () => {
    if (!this.#left) this.terminal.out(LEAVE);
    this.#left = true;
  };
}
