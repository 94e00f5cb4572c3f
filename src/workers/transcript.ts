import { join } from "@std/path";
import type { IBuffer, IMarker, Terminal } from "@xterm/headless";
import { listDir } from "../os/dirs.ts";
import { fileSize, read } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/primitives.ts";
import { workerFiles, workerFilesIn } from "./files.ts";
import { listWorkers } from "./list.ts";

/** How much of the end of a transcript is rendered, in bytes. */
export const MAX_RENDERED = 8 * 1024 * 1024;
const CHUNK = 256 * 1024;

/**
 * Renders what a worker printed as plain text, as its terminal would show it, masked: of a long transcript the end.
 *
 * @throws {UserError} where there is no such worker.
 */
export async function readTranscript(profile: Profile, id: string): Promise<string> {
  const path = transcriptPath(profile, id);
  const screen = await TranscriptScreen.open();
  const size = fileSize(path);
  for (const chunk of readChunks(path, Math.max(0, size - MAX_RENDERED), size)) {
    await screen.write(chunk);
  }
  return profile.mask(screen.lines().map((line) => line + "\n").join(""));
}

/**
 * Reads what a worker printed, as it is.
 *
 * @throws {UserError} where there is no such worker.
 */
export async function* readRawTranscript(
  profile: Profile,
  id: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const path = transcriptPath(profile, id);
  yield* readChunks(path, 0, fileSize(path));
}

/**
 * Finds the transcript of a worker; of those that ended, the last that had this id.
 *
 * @throws {UserError} where there is none.
 */
export function transcriptPath({ paths }: Profile, id: string): string {
  const files = workerFiles(paths, id);
  if (isId(id) && kindAt(files.record) === "file") return files.transcript;
  const ended = listDir(paths.workersEnded).findLast(({ name }) => name.startsWith(`${id}.`));
  if (ended) return workerFilesIn(join(paths.workersEnded, ended.name)).transcript;
  throw new UserError(`there is no worker ${id}: looop ls --all lists them, ended ones too`);
}

/** Reads a file from `from` to `to`, in bytes; what is missing at the end is left out. */
export function* readChunks(
  path: string,
  from: number,
  to: number,
): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = from; at < to;) {
    const chunk = read(path, { start: at, maxBytes: Math.min(CHUNK, to - at) });
    if (!chunk || chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

const POLL_MS = 200;
/** How many looks at the file come before one at whether the worker still lives. */
const LOOKS = 10;

/**
 * Renders what a worker prints, line by line as its cursor leaves them, masked, until it ends or `signal` fires; of
 * what it printed before, the end.
 *
 * @throws {UserError} where there is no such worker.
 */
export async function* followTranscript(
  profile: Profile,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const screen = await TranscriptScreen.open();
  for await (const chunk of followRawTranscript(profile, id, signal, MAX_RENDERED)) {
    await screen.write(chunk);
    yield* screen.take().map(profile.mask);
  }
  yield* screen.take(true).map(profile.mask);
}

/**
 * Reads what a worker prints as it is, until it ends or `signal` fires.
 *
 * @param maxBytes how much of what it printed before; default: all
 */
export async function* followRawTranscript(
  profile: Profile,
  id: string,
  signal: AbortSignal,
  maxBytes = Infinity,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const path = transcriptPath(profile, id);
  let at = Math.max(0, fileSize(path) - maxBytes);
  let alive = true;
  for (let look = 0; !signal.aborted; look++) {
    const size = fileSize(path);
    for (const chunk of readChunks(path, at, size)) {
      yield chunk;
      at += chunk.length;
    }
    // One more look after its end: what it printed last has then been read.
    if (!alive) return;
    if (look % LOOKS === 0) alive = await isAlive(profile, id);
    if (alive) await profile.clock.sleep(POLL_MS, signal);
  }
}

async function isAlive(profile: Profile, id: string): Promise<boolean> {
  return (await listWorkers(profile, { only: id })).some((worker) => worker.alive);
}

/** The size that a worker's terminal begins with. */
const SIZE = { cols: 200, rows: 50 };
/** Lines that are kept above the screen. */
const SCROLLBACK = 50_000;

/** What `script` of util-linux itself writes at the beginning and the end. */
const HEADER = /^Script started on [^\n]*\n/;
const FOOTER = /\nScript done on [^\n]*\n?$/;

/** A terminal that nobody sees, which turns what a worker printed into plain lines. */
export class TranscriptScreen {
  readonly #terminal: Terminal;
  readonly #bytewise = new TextDecoder("latin1");
  #begun = false;
  /** The last row that `take` gave; `undefined`: none, or it has scrolled out of reach. */
  #taken: IMarker | undefined;

  private constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Makes one, loading the emulator. */
  static async open(): Promise<TranscriptScreen> {
    const { default: xterm } = await import("@xterm/headless");
    const options = { ...SIZE, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: "off" };
    return new TranscriptScreen(new xterm.Terminal(options as { logLevel: "off" }));
  }

  /** Prints the next bytes of a transcript. */
  async write(bytes: Uint8Array): Promise<void> {
    const text = this.#bytewise.decode(bytes);
    const start = this.#begun ? 0 : HEADER.exec(text)?.[0].length ?? 0;
    const footer = FOOTER.exec(text)?.[0].length ?? 0;
    this.#begun = true;
    const shown = bytes.subarray(start, bytes.length - footer);
    await new Promise<void>((resolve) => this.#terminal.write(shown, resolve));
  }

  /** All lines, without empty ones at the end. */
  lines(): string[] {
    const buffer = this.#terminal.buffer.active;
    return withoutEmptyEnd(linesOf(buffer, 0, buffer.length));
  }

  /**
   * The lines that the cursor has left behind since the last call; what is drawn over them later is not
   * given. `all`: also those from the cursor on.
   */
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
    return all ? withoutEmptyEnd(lines) : lines;
  }
}

/** Rows `from` to `to`, those joined that are one line too long for the screen. */
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

function withoutEmptyEnd(lines: string[]): string[] {
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== "") + 1);
}
