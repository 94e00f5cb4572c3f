import { readStatus } from "../../loop/status.ts";
import { userInputPaths } from "../../loop/wake.ts";
import { type Key, Keyboard } from "../../os/prompter.ts";
import { lockHolder } from "../../os/lock.ts";
import { nextChange } from "../../os/clock.ts";
import { fileSize } from "../../os/read.ts";
import { runInTerminal } from "../../os/run_tool.ts";
import { selfCommand } from "../../os/env.ts";
import { handTerminalOver, type Terminal } from "../../os/terminal.ts";
import { Notices, Watch } from "../../os/watch.ts";
import { unknownWorker } from "../../profile/paths.ts";
import { type Profile, refreshConfig } from "../../profile/profile.ts";
import { messageOf, UsageError } from "../../schema/errors.ts";
import { workerFiles } from "../../workers/files.ts";
import type { Command, CommandContext } from "../command.ts";
import { runCli } from "../main.ts";
import { WatchScreen } from "../output/screen.ts";
import { type View, viewOf } from "../output/view.ts";
import type { Step } from "../watch/actions.ts";
import { Dashboard } from "../watch/dashboard.ts";
import { renderFrame, titleOf } from "../watch/frame.ts";
import { workerNamed } from "../worker_ref.ts";
import { quoteWords } from "../../schema/text.ts";

/** `looop watch`: shows everything on one screen, and acts on it by single keys. */
export const watchCommand: Command = {
  usage: "looop watch [worker] [--all] [--asks]",
  badConfig: "shown",
  completes: ["worker"],
  async run(context) {
    const { words: [word], switches, terminal, open } = context;
    if (terminal.columns() === null || !Keyboard.isAvailable()) {
      throw new UsageError("looop watch needs a terminal; programs can use looop status --json");
    }
    const profile = await open();
    // On stderr a warning would overwrite the screen.
    const quiet = { ...profile, warn: () => undefined };
    const all = switches.has("all");
    // Before the first read, so that no change after it is missed.
    const watch = new Watch(watchedPaths(profile));
    const status = await readStatus(quiet, { full: true, all });
    const id = word === undefined ? null : workerNamed(profile, word);
    if (id !== null && !status.workers.some((worker) => worker.id === id)) {
      throw unknownWorker(profile.paths, id);
    }
    const asksOnly = switches.has("asks");
    if (asksOnly && (all || id !== null)) {
      throw new UsageError("--asks shows what waits for you alone: it excludes a worker and --all");
    }
    const selected = id === null ? null : `worker:${id}`;
    const board = new Dashboard(status, profile.clock.now(), { selected, asksOnly });
    if (board.isOver()) return terminal.out("nothing needs you\n");
    await new Cockpit(context, quiet, board, await viewOf(terminal), all, watch).run();
  },
};

/** Milliseconds between two reads of the status while much changes. */
const MIN_READ_MS = 300;
/** The same while nothing changes: a read with living workers starts tmux and ps. */
const MAX_READ_MS = 60_000;
/** Milliseconds between two checks of the pulse, the selected worker's output and the clock. */
const CHECK_MS = 2000;
/** The same while that worker prints. */
const PRINTING_MS = 250;

function watchedPaths(profile: Profile): string[] {
  const { lastTick, journal, events, workers, ledger, metrics, intent, pulseLock } = profile.paths;
  const ofTicks = [lastTick, journal, events, workers, ledger, metrics, intent, pulseLock];
  return [...userInputPaths(profile), ...ofTicks];
}

/** Keeps a dashboard current, draws it, and takes its steps. */
class Cockpit {
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #context: CommandContext;
  readonly #opened: Profile;
  #screen!: WatchScreen;
  #keyboard!: Keyboard;
  /** Another program has the terminal. */
  #lent = false;
  /** Receives the next key in place of the dashboard. */
  #awaitKey: ((key: Key | null) => void) | null = null;
  #peeked = { key: "", printed: -1 };
  #columns: number | null = null;
  #error: unknown = null;

  constructor(
    context: CommandContext,
    private profile: Profile,
    private readonly board: Dashboard,
    private readonly view: View,
    private readonly all: boolean,
    private readonly watch: Watch,
  ) {
    this.#context = context;
    this.#opened = profile;
    this.#signal = AbortSignal.any([context.signal, this.#stop.signal]);
  }

  /** Runs until the user quits or looop is told to stop; the terminal is restored in any case. */
  async run(): Promise<void> {
    using screen = new WatchScreen(this.#context.terminal, this.#signal);
    using keyboard = new Keyboard(this.#press, () => this.#draw());
    this.#screen = screen;
    this.#keyboard = keyboard;
    // At once: the second signal ends the process.
    this.#signal.addEventListener("abort", () => keyboard.stop());
    if (this.#signal.aborted) return;
    this.#draw();
    await Promise.all([this.#followStatus(), this.#followRest()]
      .map((loop) => loop.catch((error) => this.#fail(error))));
    if (this.#error !== null) throw this.#error;
  }

  #fail(error: unknown): void {
    this.#error ??= error;
    this.#stop.abort();
  }

  /** Reads the status again whenever one of its files changes. */
  async #followStatus(): Promise<void> {
    const { clock } = this.profile;
    // Behind the first frame, since their start takes a while.
    using notices = new Notices(watchedPaths(this.profile));
    this.watch.use(notices);
    while (!this.#signal.aborted) {
      await nextChange(clock, this.watch, MAX_READ_MS, this.#signal);
      await this.#read();
      await clock.sleep(MIN_READ_MS, this.#signal);
    }
  }

  /** Follows what changes no watched file: a pulse that dies, the output of the selected worker, the time. */
  async #followRest(): Promise<void> {
    const { clock, paths } = this.profile;
    while (!this.#signal.aborted) {
      if (!this.#lent) {
        const running = await lockHolder(paths.pulseLock) !== null;
        if (running !== this.board.status.pulse.running) await this.#read();
        await this.#peek();
        this.#draw();
      }
      const { printed } = this.#peeked;
      await clock.sleep(printed === this.#printed() ? CHECK_MS : PRINTING_MS, this.#signal);
    }
  }

  async #read(): Promise<void> {
    if (this.#signal.aborted) return;
    try {
      this.profile = await refreshConfig(this.#opened, this.profile);
      this.board.status = await readStatus(this.profile, { full: true, all: this.all });
    } catch (error) {
      this.board.message = messageOf(error);
    }
    this.#peeked.printed = -1;
    if (this.board.isOver()) this.#stop.abort();
    await this.#peek();
    this.#draw();
  }

  /** Changes when the selected worker prints something. */
  #printed(): number {
    const worker = this.board.selected()?.worker;
    return worker ? fileSize(workerFiles(this.profile.paths, worker.id).transcript) : 0;
  }

  /** Loads the peek of the selected item, unless it is there already. */
  async #peek(): Promise<void> {
    const item = this.board.selected();
    const printed = this.#printed();
    const now = { key: item?.key ?? "", printed };
    if (now.key === this.#peeked.key && now.printed === this.#peeked.printed) return;
    this.#peeked = now;
    // Behind the first frame: a quarter of what a dashboard loads.
    const { loadPeek } = await import("../watch/peek.ts");
    const peek = item && await loadPeek(this.profile, item);
    if (peek?.key === this.board.selected()?.key) this.board.peek = peek;
  }

  #draw(): void {
    const { terminal } = this.#context;
    if (this.#lent || this.#signal.aborted) return;
    const columns = terminal.columns() ?? 80;
    if (columns !== this.#columns) this.board.resized();
    this.#columns = columns;
    this.board.now = this.profile.clock.now();
    this.#screen.draw(renderFrame(this.board, { columns, rows: terminal.rows() ?? 24 }, this.view));
    this.#screen.title(titleOf(this.board));
  }

  readonly #press = (key: Key): void => {
    if (this.#awaitKey) return this.#awaitKey(key);
    if (this.#lent) return;
    this.#take(this.board.press(key))
      .then(() => this.#peek()).then(() => this.#draw())
      .catch((error) => this.#fail(error));
    this.#draw();
  };

  async #take(step: Step): Promise<void> {
    if (this.board.take(step)) return;
    switch (step.do) {
      case "quit":
        return this.#stop.abort();
      case "run":
        return await this.#run(step.argv);
      case "attach":
        return await this.#attach(step.argv);
      case "shell":
        return await this.#shell(step.words);
    }
  }

  /** Runs a command in this process, and shows what it prints. */
  async #run(argv: string[]): Promise<void> {
    const typed = `$ looop ${quoteWords(...argv)}`;
    // It may take a while, and keys act meanwhile.
    this.board.message = `${typed} …`;
    this.#draw();
    let printed = "";
    await this.#cli(argv, capture((text) => void (printed += text)));
    const text = printed.trimEnd();
    if (text.includes("\n")) this.board.show(typed, text, { end: argv[0] === "logs" });
    this.board.message = text.includes("\n") ? typed : `${typed}: ${text.replace(/^looop: /, "")}`;
    await this.#read();
  }

  /** Gives the terminal to a command that needs it. */
  async #attach(argv: string[]): Promise<void> {
    const typed = `$ looop ${quoteWords(...argv)}`;
    let error = "";
    const { terminal } = this.#context;
    await this.#lend(async () => {
      await this.#cli(argv, { ...terminal, err: (text) => void (error += text) });
    });
    this.board.message = error === "" ? typed : `${typed}: ${error.replace(/^looop: /, "")}`;
    await this.#read();
  }

  /** Runs any command line of looop in a shell, as if it was typed there, and waits for a key. */
  async #shell(words: string): Promise<void> {
    const { configPath, environment, paths } = this.profile;
    const { argv, env } = await selfCommand();
    const { terminal } = this.#context;
    const pressed = await this.#lend(async () => {
      terminal.out(`$ looop ${words}\n`);
      await runInTerminal(["bash", "-c", `${quoteWords(...argv)} ${words}`], {
        ...{ ...environment, ...env, LOOOP_DATA_DIR: paths.dataDir, LOOOP_CONFIG: configPath },
      });
      terminal.out("\npress a key to return ");
      this.#keyboard.start();
      const key = await new Promise<Key | null>((resolve) => {
        this.#awaitKey = resolve;
        this.#signal.addEventListener("abort", () => resolve(null), { once: true });
      });
      this.#awaitKey = null;
      return key;
    });
    this.board.message = `$ looop ${words}`;
    // The letters of a next command must not act as keys.
    if (pressed?.text === ":") this.#press(pressed);
    await this.#read();
  }

  async #lend<T>(use: () => Promise<T>): Promise<T> {
    this.#lent = true;
    this.#keyboard.stop();
    try {
      // Ctrl-C, which may end a child, is not for looop, until the keyboard is its own again.
      return await handTerminalOver(() => this.#screen.lend(use));
    } finally {
      this.#lent = false;
      if (!this.#signal.aborted) this.#keyboard.start();
    }
  }

  async #cli(argv: string[], terminal: Terminal): Promise<void> {
    const { configPath, environment, clock, paths: { dataDir } } = this.profile;
    await runCli(argv, terminal, this.#signal, { dataDir, configPath, environment, clock });
  }
}

/** Stands for a pipe: commands print plain text, and ask nothing. */
function capture(print: (text: string) => void): Terminal {
  return {
    out: print,
    err: print,
    bytes: (bytes) => print(new TextDecoder().decode(bytes)),
    status: () => undefined,
    // The user typed `-` alone.
    input: () => Promise.resolve("-"),
    columns: () => null,
    rows: () => null,
    colors: false,
  };
}
