import type { Terminal } from "../host/terminal.ts";
import { maskJson } from "../model/mask_json.ts";
import type { TickResult } from "../model/tick_result.ts";
import type { Profile } from "../profile/profile.ts";
import { describeError } from "./describe_error.ts";
import { fitText } from "./fit_text.ts";
import { openAsks } from "./open_asks.ts";
import { renderBanner } from "./render_asks.ts";
import { renderProgress } from "./render_progress.ts";
import { renderTick } from "./render_tick.ts";
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
