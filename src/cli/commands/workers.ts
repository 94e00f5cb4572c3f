import { listAsks } from "../../inbox/asks.ts";
import { listFleet } from "../../loop/status.ts";
import { inboxOf, say } from "../../mailbox/client.ts";
import { receive } from "../../mailbox/server.ts";
import type { Terminal } from "../../os/terminal.ts";
import { ensureProfile } from "../../profile/ensure.ts";
import type { Profile } from "../../profile/profile.ts";
import { messageOf, UsageError, UserError } from "../../schema/errors.ts";
import type { WorkerSummary } from "../../schema/status.ts";
import { attachWorker } from "../../workers/list.ts";
import { reconcileWorkers } from "../../workers/reconcile.ts";
import { pruneWorkers } from "../../workers/replace.ts";
import { startSession } from "../../workers/start.ts";
import { type Killed, stopSession } from "../../workers/stop.ts";
import {
  followRawTranscript,
  followTranscript,
  readRawTranscript,
  readTranscript,
} from "../../workers/transcript.ts";
import { parseSpan } from "../args.ts";
import { type Command, inOrder, OK } from "../command.ts";
import { WatchScreen } from "../output/screen.ts";
import { safeJson, safeLine, safeText, wrapText } from "../output/text.ts";
import { clockTime, type View, viewOf } from "../output/view.ts";
import { renderWorkers } from "../output/workers.ts";
import { recordOf, workerNamed } from "../worker_ref.ts";

/** `looop ls`: the workers. */
export const lsCommand: Command = {
  usage: "looop ls [--json] [--watch] [--interval 2s] [--all]",
  switches: ["json", "watch", "all"],
  options: ["interval"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, options, signal, open }) {
    const all = switches.has("all");
    const intervalMs = parseSpan(options.get("interval") ?? "2s", lsCommand.usage);
    if (switches.has("watch")) {
      if (switches.has("json") || terminal.columns() === null) {
        throw new UsageError("--watch draws on a terminal; for programs there is looop ls --json");
      }
      await watchWorkers(await open(), { terminal, signal, intervalMs, all });
      return OK;
    }
    const profile = await open();
    const workers = await listFleet(profile, all);
    if (switches.has("json")) {
      terminal.out(`${safeJson(workers)}\n`);
      return OK;
    }
    const lines = renderWorkers(workers, await viewOf(terminal), profile.clock.now());
    terminal.out(lines.map((line) => `${line}\n`).join(""));
    return OK;
  },
};

/** `looop attach <id>`: hands the terminal to a worker's session. */
export const attachCommand: Command = {
  usage: "looop attach <id>",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, open }) {
    const profile = await open();
    const id = workerNamed(profile, name);
    if (terminal.columns() === null) {
      throw new UserError(`cannot attach to ${id}: this is no terminal; looop logs ${id} --follow`);
    }
    return await attachWorker(profile, id);
  },
};

const TOLD: Record<Killed, string> = {
  ended_before: "had ended before",
  killed: "killed, with all its processes",
  ends_itself: "done: it ends itself",
};

/** `looop kill <id>`: ends a worker with all its processes. */
export const killCommand: Command = {
  usage: "looop kill <id>",
  switches: [],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], terminal, signal, open }) {
    const profile = await open();
    if (inboxOf(profile) !== null) {
      // As long as it takes: once it is heard, nobody is left who could read what it came to.
      await say(profile, await recordOf(profile, name), { say: "kill" }, { signal });
      return OK;
    }
    const id = workerNamed(profile, name);
    const { how } = await stopSession(profile, id);
    terminal.out(`worker ${id}: ${TOLD[how]}\n`);
    return OK;
  },
};

/** `looop logs <id>`: what a worker printed. */
export const logsCommand: Command = {
  usage: "looop logs <id> [--follow] [--raw]",
  switches: ["follow", "raw"],
  completes: inOrder("worker"),
  words: { least: 1, most: 1 },
  async run({ words: [name], switches, terminal, signal, open }) {
    const profile = await open();
    const id = workerNamed(profile, name);
    const follow = switches.has("follow");
    if (switches.has("raw")) {
      const chunks = follow
        ? followRawTranscript(profile, id, signal)
        : readRawTranscript(profile, id);
      for await (const chunk of chunks) {
        if (signal.aborted) break;
        terminal.bytes(chunk);
      }
    } else if (follow) {
      for await (const line of followTranscript(profile, id, signal)) {
        terminal.out(`${safeText(line)}\n`);
      }
    } else {
      terminal.out(safeText(await readTranscript(profile, id)));
    }
    return OK;
  },
};

/** `looop prune`: removes the workers that have ended. */
export const pruneCommand: Command = {
  usage: "looop prune",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, signal, open }) {
    const profile = await open();
    // First what their end brings about: afterwards nobody knows what they spent, asked and claimed.
    const hear = (worker: string) => receive(profile, worker);
    await reconcileWorkers(profile, (await listAsks(profile)).asks, signal, hear);
    signal.throwIfAborted();
    const ids = await pruneWorkers(profile, { unseen: true });
    terminal.out(ids.length === 0 ? "no worker has ended\n" : `removed ${ids.join(", ")}\n`);
    return OK;
  },
};

/** The most characters that a prompt can have. */
const MAX_PROMPT = 1_000_000;

/** `looop start-session <id> <prompt|->`: starts a worker. */
export const startSessionCommand: Command = {
  usage: "looop start-session <id> <prompt|-> [--runner R] [--verify CMD]",
  switches: [],
  options: ["runner", "verify"],
  completesOptions: { runner: "runner" },
  words: { least: 2, most: 2 },
  async run({ words: [name, words], options, terminal, signal, open }) {
    const profile = await open();
    // Four bytes hold any character.
    const prompt = words === "-" ? await terminal.input(MAX_PROMPT * 4, signal) : words;
    signal.throwIfAborted();
    const id = workerNamed(profile, name);
    if (prompt.trim() === "") throw new UserError(`cannot start worker ${id}: its prompt is empty`);
    if (prompt.length > MAX_PROMPT) {
      throw new UserError(
        `cannot start worker ${id}: its prompt has more than ${MAX_PROMPT} characters; name a file in it`,
      );
    }
    await ensureProfile(profile);
    // What one of this id that has ended has left to say, before it is archived.
    await receive(profile, id);
    const { runner } = await startSession(profile, {
      id,
      prompt,
      runner: options.get("runner"),
      verify: options.get("verify"),
    });
    terminal.out(`started worker ${id} (${runner}): looop attach ${id}\n`);
    return OK;
  },
};

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
