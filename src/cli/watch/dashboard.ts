import type { Key } from "../../os/prompter.ts";
import type { FullStatus } from "../../schema/status.ts";
import { ACTIONS, type Step, type Target } from "./actions.ts";
import { type Group, GROUPS, isAsk, type Item } from "./items.ts";
import { edit, emptyLine, type Line, textOf } from "./line.ts";
import type { Peek } from "./peek.ts";

/** Something that the bottom line asks the user for. */
export type Question =
  | { kind: "input"; label: string; line: Line; choices: string[]; then(text: string): Step }
  | { kind: "filter"; line: Line }
  | { kind: "confirm"; question: string; then: Step };

/** A group with the items that pass the filter. */
export type Shown = Omit<Group, "items"> & { items: Item[] };

/**
 * The state of the dashboard: what is selected, what the user types, and what a key does. It neither draws nor runs
 * anything: `frame.ts` renders it, and its owner takes the steps that `press` returns.
 */
export class Dashboard {
  filter = "";
  question: Question | null = null;
  /** The right side takes the whole screen. */
  enlarged = false;
  /** A text of several lines in place of the peek, such as the output of a command. */
  page: { title: string; text: string } | null = null;
  /** The last line: the last command and its result. */
  message = "";
  peek: Peek | null = null;
  /** Lines that the peek is scrolled from its begin, or from its end if it shows that. */
  scroll = 0;
  #key: string | null;
  #at = 0;
  /** Made anew when what it shows changes: a frame asks for it several times. */
  #groups: { of: Pick<Partial<Dashboard>, "status" | "now" | "filter">; shown: Shown[] } = {
    of: {},
    shown: [],
  };
  /** How many lines of approvals were on the screen, by ask and its text. */
  readonly #shown = new Map<string, { lines: number; whole: boolean }>();

  readonly #asksOnly: boolean;

  /** @param options `selected`: key of the item that is selected first; `asksOnly`: show the asks and flags alone */
  constructor(
    public status: FullStatus,
    public now: Date,
    { selected = null, asksOnly = false }: { selected?: string | null; asksOnly?: boolean } = {},
  ) {
    this.#key = selected;
    this.enlarged = selected !== null;
    this.#asksOnly = asksOnly;
  }

  /** Reports whether it shows asks and flags alone, and none is left. */
  isOver(): boolean {
    return this.#asksOnly && this.waiting() === 0;
  }

  /** How many things wait for the user, of those that it shows without a filter. */
  waiting(): number {
    return GROUPS.flatMap(({ items }) => items(this.status, this.now))
      .filter((item) => item.waits && (!this.#asksOnly || isAsk(item))).length;
  }

  /** The groups that have items. */
  groups(): readonly Shown[] {
    const { status, now, filter } = this;
    const { of } = this.#groups;
    if (of.status !== status || of.now !== now || of.filter !== filter) {
      const words = filter.toLowerCase();
      const shown = GROUPS.map(({ title, items }) => ({
        title,
        items: items(status, now)
          .filter((item) => !this.#asksOnly || isAsk(item))
          .filter(({ cells }) => cells.join(" ").toLowerCase().includes(words)),
      })).filter(({ items }) => items.length > 0);
      this.#groups = { of: { status, now, filter }, shown };
    }
    return this.#groups.shown;
  }

  /** The selected item; the nearest one if it has gone. */
  selected(): Item | null {
    const items = this.groups().flatMap(({ items }) => items);
    const found = items.findIndex(({ key }) => key === this.#key);
    this.#at = found === -1 ? Math.max(0, Math.min(this.#at, items.length - 1)) : found;
    const item = items[this.#at] ?? null;
    if (found === -1) this.#select(item);
    return item;
  }

  /** Returns what a key leads to. */
  press(key: Key): Step {
    if (key.ctrl && key.name === "c") return { do: "quit" };
    if (this.question) return this.#answer(this.question, key);
    if (key.name === "paste") return { do: "message", text: "pasted text is ignored here" };
    if (this.page && ["escape", "return", "q"].includes(key.name)) {
      this.page = null;
      this.scroll = 0;
      return { do: "nothing" };
    }
    if (key.ctrl) return { do: "nothing" };
    return this.#move(key) ? { do: "nothing" } : this.#act(key);
  }

  /** Takes a step that only changes what is shown; returns `false` for one that its owner must take. */
  take(step: Step): boolean {
    switch (step.do) {
      case "nothing":
        return true;
      case "message":
        this.message = step.text;
        return true;
      case "confirm":
        this.question = { kind: "confirm", ...step };
        return true;
      case "input":
        this.question = {
          ...{ kind: "input", line: emptyLine() },
          ...step,
          choices: step.choices ?? [],
        };
        return true;
      case "filter":
        this.question = { kind: "filter", line: { before: this.filter, after: "" } };
        return true;
      case "zoom":
        this.enlarged = !this.enlarged;
        return true;
      case "help":
        this.show(
          "help",
          ACTIONS.map(({ label, help }) => `${label.padEnd(15)}${help}`).join("\n") + MOVES,
        );
        return true;
      default:
        return false;
    }
  }

  /** Shows a text in place of the peek, from its begin, or from its `end`. */
  show(title: string, text: string, { end = false }: { end?: boolean } = {}): void {
    this.page = { title, text };
    // A frame limits it.
    this.scroll = end ? Number.MAX_SAFE_INTEGER : 0;
  }

  /** Notes which lines of the peek are on the screen, out of `all`: an approval must have been read to its end. */
  note(from: number, to: number, all: number): void {
    const id = this.#approvalText();
    if (id === null || this.peek?.key !== this.#key || this.page) return;
    const shown = this.#shown.get(id) ?? { lines: 0, whole: false };
    if (from <= shown.lines) shown.lines = Math.max(shown.lines, to);
    if (shown.lines >= all) shown.whole = true;
    this.#shown.set(id, shown);
  }

  /** After a change of the width, lines that were counted are others. */
  resized(): void {
    for (const shown of this.#shown.values()) if (!shown.whole) shown.lines = 0;
  }

  #approvalText(): string | null {
    const ask = this.selected()?.ask;
    return ask?.approval ? JSON.stringify([ask.id, ask.question, ask.approval]) : null;
  }

  #select(item: Item | null): void {
    if (this.#key !== item?.key) this.scroll = 0;
    this.#key = item?.key ?? null;
  }

  #act(key: Key): Step {
    const item = this.selected();
    const action = ACTIONS.find(({ key: name }) =>
      name === key.text || name === key.name && !key.text.trim()
    );
    if (!action) return { do: "nothing" };
    if (action.on && !(item && action.on(item))) {
      if (action.key === "return") return { do: "zoom" };
      return { do: "message", text: `${action.label}: not for the selected line` };
    }
    this.message = "";
    const wasShown = this.#shown.get(this.#approvalText() ?? "")?.whole ?? false;
    return action.step({ item, status: this.status, wasShown } as Target & { item: Item });
  }

  /** Moves the selection or the peek; returns `false` for other keys. */
  #move({ name, text, shift }: Key): boolean {
    const groups = this.groups();
    const items = groups.flatMap(({ items }) => items);
    this.selected();
    const to = (at: number) =>
      this.#select(items[Math.max(0, Math.min(at, items.length - 1))] ?? null);
    const page = this.page !== null;
    if (name === "up" || text === "k") page ? this.#scrollBy(-1) : to(this.#at - 1);
    else if (name === "down" || text === "j") page ? this.#scrollBy(1) : to(this.#at + 1);
    else if (name === "pagedown") this.#scrollBy(this.pageLines);
    else if (name === "pageup") this.#scrollBy(-this.pageLines);
    else if (name === "home") this.#scrollBy(-Number.MAX_SAFE_INTEGER);
    else if (name === "end") this.#scrollBy(Number.MAX_SAFE_INTEGER);
    else if (name === "tab") {
      const at = groups.findIndex(({ items }) => items.some(({ key }) => key === this.#key));
      const next = groups.at((at + (shift ? -1 : 1)) % groups.length);
      this.#select(next?.items[0] ?? null);
    } else if (name === "escape") {
      if (this.enlarged) this.enlarged = false;
      else this.filter = "";
    } else return false;
    return true;
  }

  /** Lines of the peek that are on the screen. */
  pageLines = 1;

  #scrollBy(lines: number): void {
    const tail = this.page === null && this.peek?.tail === true;
    this.scroll = Math.max(0, this.scroll + (tail ? -lines : lines));
  }

  #answer(question: Question, key: Key): Step {
    if (key.name === "escape") {
      if (question.kind === "filter") this.filter = "";
      this.question = null;
      return { do: "nothing" };
    }
    if (question.kind === "confirm") {
      this.question = null;
      // A pasted y is none.
      return key.text === "y" && key.name === "y"
        ? question.then
        : { do: "message", text: "not done" };
    }
    if (key.name === "return") {
      this.question = null;
      return question.kind === "input" ? question.then(textOf(question.line)) : { do: "nothing" };
    }
    if (question.kind === "input") question.line = edit(question.line, key, question.choices);
    else {
      const text = key.text.replace(/\s+/g, " ");
      question.line = edit(question.line, { ...key, text }, []);
      this.filter = textOf(question.line);
    }
    return { do: "nothing" };
  }
}

const MOVES = `
j k ↑ ↓        select a line; Tab, Shift-Tab: a group
PgDn PgUp      scroll the right side; Home, End: to its begin, its end
Esc            back; clears the filter`;
