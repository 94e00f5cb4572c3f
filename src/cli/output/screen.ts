import { maskJson } from "../../mask/stream.ts";
import type { Terminal } from "../../os/terminal.ts";
import type { Profile } from "../../profile/profile.ts";
import type { TickResult } from "../../schema/status.ts";
import { openAsks } from "../commands/inbox.ts";
import { describeError } from "../main.ts";
import { renderBanner } from "./inbox.ts";
import { fitText } from "./text.ts";
import { renderProgress, renderTick } from "./tick.ts";
import { PLAIN, type View, viewOf } from "./view.ts";

/**
 * What a pulse shows while it runs. A tick that tells nothing new takes one line that the next writes over; where
 * stdout is no terminal it takes none, so that a log does not grow while nothing happens.
 */
export class PulseScreen {
  readonly #terminal: Terminal;
  readonly #profile: Profile;
  #view: View;
  /** What the last tick told, where that can be told again; empty where it was news. */
  #told = "";
  /** The asks of the last banner. */
  #asks = "";

  constructor(terminal: Terminal, profile: Profile, view: View) {
    this.#view = view;
    this.#terminal = terminal;
    this.#profile = profile;
  }

  async showTick(made: TickResult, waitS: number): Promise<void> {
    const result = maskJson(this.#profile.mask, made);
    if (result.outcome === "stopped") return;
    const at = this.#profile.clock.now();
    this.#view = await viewOf(this.#terminal);
    const same = sameness(result);
    const again = same !== "" && same === this.#told;
    const { columns, dim } = this.#view;
    if (again || (result.outcome === "idle" && columns !== null)) {
      const [line] = renderTick(result, PLAIN, { at, waitS }).split("\n");
      // A full line would wrap, and half of it could not be written over.
      this.#terminal.status(dim(fitText(line, columns && columns - 1)));
    } else {
      this.#terminal.out(renderTick(result, this.#view, { at, waitS }));
    }
    this.#told = same;
    await this.#showAsks();
  }

  showError(error: unknown, waitS: number): void {
    const text = describeError(error);
    if (text !== this.#told) {
      this.#terminal.err(`${text}looop: trying again in ${Math.round(waitS)} s\n`);
    }
    this.#told = text;
  }

  showProgress(text: string): void {
    this.#terminal.out(renderProgress(text, this.#view));
  }

  async #showAsks(): Promise<void> {
    const { asks } = await openAsks(this.#profile);
    const ids = asks.map(({ id }) => id).join();
    if (ids !== this.#asks && ids !== "") this.#terminal.out(renderBanner(asks, this.#view));
    this.#asks = ids;
  }
}

/** The same for ticks that have nothing new to tell; empty for news. */
function sameness(result: TickResult): string {
  switch (result.outcome) {
    case "idle":
    case "paused":
      return result.outcome;
    case "parked":
      return `parked ${result.why}`;
    case "held":
    case "damped":
      return `${result.outcome} ${result.why}`;
    case "undecided":
      return `undecided ${result.changes.join()}`;
    default:
      return "";
  }
}

/** Alternate screen, no cursor, no line breaks by the terminal: it may find a character wider than we do. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** A screen that is drawn again and again in place; with its end the terminal is as it was before. */
export class WatchScreen implements Disposable {
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  #left = false;

  /** @param signal leaves the screen at once, even while something is still being looked up for it */
  constructor(terminal: Terminal, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#signal = signal;
    terminal.out(ENTER);
    signal.addEventListener("abort", this.#leave);
    if (signal.aborted) this.#leave();
  }

  /** Shows these lines in place of the last ones; of those that have no room the number. */
  draw(lines: string[]): void {
    if (this.#left) return;
    const rows = Math.max(this.#terminal.rows() ?? 24, 2);
    const columns = this.#terminal.columns();
    const shown = lines.length <= rows
      ? lines
      : [...lines.slice(0, rows - 1), fitText(`… ${lines.length - rows + 1} more`, columns)];
    // In one write, so it does not flicker. What is cleared behind a full line would be its last character.
    const below = shown.length < rows ? "\r\n\x1b[J" : "";
    this.#terminal.out(`\x1b[H${shown.map((line) => `\x1b[2K${line}`).join("\r\n")}${below}`);
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#leave);
    this.#leave();
  }

  readonly #leave = () => {
    if (!this.#left) this.#terminal.out(LEAVE);
    this.#left = true;
  };
}
