import type { IBuffer, IMarker, Terminal } from "@xterm/headless";
import { systemClock } from "../os/clock.ts";
import { fileSize, read } from "../os/read.ts";
import type { Profile } from "../profile/profile.ts";
import { latestFiles } from "./files.ts";
import { listWorkers } from "./list.ts";

/** How much of the end of a transcript is rendered, in bytes. */
const MAX_RENDERED = 8 * 1024 * 1024;
const CHUNK = 256 * 1024;
/** For how long it is rendered: a worker can print what takes hours. */
const MAX_RENDERING_MS = 60_000;

/**
 * Renders a worker's transcript as plain text, as its terminal shows it, masked; only the end of a long one, and what is
 * rendered within {@linkcode MAX_RENDERING_MS}.
 *
 * @throws {UserError} if the worker does not exist.
 */
export async function readTranscript(profile: Profile, id: string): Promise<string> {
  const screen = await TranscriptScreen.open();
  const until = systemClock.now().getTime() + MAX_RENDERING_MS;
  const isOver = () => systemClock.now().getTime() > until;
  for await (const chunk of readRawTranscript(profile, id, { maxBytes: MAX_RENDERED })) {
    await screen.write(chunk, isOver);
  }
  const isCut = isOver();
  const text = profile.mask(screen.take(true).map((line) => line + "\n").join(""));
  return isCut ? `${text}… all of it takes too long to render: looop logs ${id} --raw\n` : text;
}

/**
 * Renders what a worker prints, each line when the cursor leaves it, masked, until the worker ends or `follow` fires. Begins
 * with the end of what it printed before.
 *
 * @throws {UserError} if the worker does not exist.
 */
export async function* followTranscript(
  profile: Profile,
  id: string,
  follow: AbortSignal,
): AsyncGenerator<string> {
  const screen = await TranscriptScreen.open();
  const chunks = readRawTranscript(profile, id, { maxBytes: MAX_RENDERED, follow });
  for await (const chunk of chunks) {
    await screen.write(chunk, () => follow.aborted);
    yield* screen.take().map(profile.mask);
  }
  yield* screen.take(true).map(profile.mask);
}

const POLL_MS = 200;
/** How many times the file is read before one check whether the worker is alive. */
const READS_PER_CHECK = 10;

/**
 * Reads a worker's transcript, with escape sequences.
 *
 * @param options `maxBytes`: begin with so much of the end; `follow`: continue until the worker ends or this fires
 * @throws {UserError} if the worker does not exist.
 */
export async function* readRawTranscript(
  profile: Profile,
  id: string,
  { maxBytes = Infinity, follow }: { maxBytes?: number; follow?: AbortSignal } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const path = transcriptPath(profile, id);
  let at = Math.max(0, fileSize(path) - maxBytes);
  let alive = follow !== undefined;
  for (let reads = 0; !follow?.aborted; reads++) {
    for (const size = fileSize(path); at < size;) {
      const chunk = read(path, { start: at, maxBytes: Math.min(CHUNK, size - at) });
      if (!chunk || chunk.length === 0) break;
      yield chunk;
      at += chunk.length;
    }
    // Once more after its end, for its last output.
    if (!alive) return;
    if (reads % READS_PER_CHECK === 0) {
      alive = (await listWorkers(profile, { only: id })).some((worker) => worker.alive);
    }
    if (alive) await profile.clock.sleep(POLL_MS, follow);
  }
}

function transcriptPath({ paths }: Profile, id: string): string {
  return latestFiles(paths, id).transcript;
}

/** The initial size of a worker's terminal. */
const SIZE = { cols: 200, rows: 50 };
/** Lines above the screen. */
const SCROLLBACK = 50_000;

/** What `script` of util-linux writes at the beginning and the end; of a continued session in between. */
const HEADER = /^Script started on [^\n]*\n/;
const BETWEEN = /(?:\nScript done on [^\n]*)?\n?Script started on \d{4}-[^\n]* \[[^\n]*\]\n/g;
/** Ends what a program that was killed left of its screen: the alternate one, a scroll region, colours, a hidden cursor. */
const RESET = "\x1b[?1049l\x1b[r\x1b[0m\x1b[?25h\r\n";
const FOOTER = /\nScript done on [^\n]*\n?$/;

/** Control sequences that repeat something as often as their number says, and the most that one of them may. */
const [REPEATING, MAX_REPEATED] = [["I", "L", "M", "S", "T", "Z", "b"], 500];
/** Bytes that are rendered at once. */
const PIECE = 16 * 1024;

/** An invisible terminal that renders a transcript as plain lines. */
class TranscriptScreen {
  readonly #terminal: Terminal;
  readonly #bytewise = new TextDecoder("latin1");
  #begun = false;
  /** The last row that `take` returned; `undefined`: none, or it was scrolled away. */
  #taken: IMarker | undefined;

  private constructor(terminal: Terminal) {
    this.#terminal = terminal;
    for (const final of REPEATING) {
      // The largest number would keep the whole process busy for hours.
      terminal.parser.registerCsiHandler({ final }, ([count]) => Number(count) > MAX_REPEATED);
    }
  }

  /** Loads the emulator. */
  static async open(): Promise<TranscriptScreen> {
    const module = await import("@xterm/headless");
    // Deno loads its CommonJS file, and a bundle its ES module, which has no default export.
    const { Terminal } = module.default ?? module;
    const options = { ...SIZE, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: "off" };
    return new TranscriptScreen(new Terminal(options as { logLevel: "off" }));
  }

  /** Processes the next bytes of a transcript, until `isOver`. */
  async write(bytes: Uint8Array, isOver: () => boolean): Promise<void> {
    const text = this.#bytewise.decode(bytes);
    const start = this.#begun ? 0 : HEADER.exec(text)?.[0].length ?? 0;
    const footer = FOOTER.exec(text)?.[0].length ?? 0;
    this.#begun = true;
    const rest = text.slice(start, text.length - footer);
    const shown = rest.search(BETWEEN) < 0
      ? bytes.subarray(start, bytes.length - footer)
      : Uint8Array.from(rest.replaceAll(BETWEEN, RESET), (char) => char.charCodeAt(0));
    for (let at = 0; at < shown.length && !isOver(); at += PIECE) {
      const piece = shown.subarray(at, at + PIECE);
      await new Promise<void>((resolve) => this.#terminal.write(piece, resolve));
    }
  }

  /** The lines that the cursor has left since the last call, as they were then; `all`: also those from the cursor on. */
  take(all = false): string[] {
    const buffer = this.#terminal.buffer.active;
    if (buffer.type === "alternate" && !all) return [];
    const from = this.#taken && !this.#taken.isDisposed ? this.#taken.line + 1 : 0;
    const cursor = buffer.baseY + buffer.cursorY;
    let to = all ? buffer.length : cursor;
    while (!all && to > from && buffer.getLine(to)?.isWrapped) to--;
    if (to <= from) return [];
    const lines = linesOf(buffer, from, to);
    this.#taken?.dispose();
    this.#taken = this.#terminal.registerMarker(to - 1 - cursor);
    // Without the empty lines at the end of the screen.
    return all ? lines.slice(0, lines.findLastIndex((line) => line.trim() !== "") + 1) : lines;
  }
}

/** Rows `from` to `to`; wrapped rows are joined. */
function linesOf(buffer: IBuffer, from: number, to: number): string[] {
  const lines: string[] = [];
  for (let row = from; row < to; row++) {
    const line = buffer.getLine(row);
    if (!line) continue;
    const goesOn = buffer.getLine(row + 1)?.isWrapped ?? false;
    const text = line.translateToString(!goesOn);
    if (line.isWrapped && lines.length > 0) lines.push(lines.pop() + text);
    else lines.push(text);
  }
  return lines;
}
