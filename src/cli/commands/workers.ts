import { resolve } from "@std/path";
import { listAsks } from "../../inbox/asks.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { listFleet } from "../../loop/fleet.ts";
import { inboxOf, receiveTold, send } from "../../mailbox/client.ts";
import { receive } from "../../mailbox/server.ts";
import { ensureProfile } from "../../profile/ensure.ts";
import type { Profile } from "../../profile/profile.ts";
import { messageOf, UsageError, UserError } from "../../schema/errors.ts";
import { plural } from "../../schema/text.ts";
import type { WorkerSummary } from "../../schema/status.ts";
import { attachWorker } from "../../workers/list.ts";
import { reconcileWorkers } from "../../workers/reconcile.ts";
import { pruneWorkers } from "../../workers/replace.ts";
import { continueWorker } from "../../workers/resume.ts";
import { startSession } from "../../workers/start.ts";
import { type Killed, stopSession } from "../../workers/stop.ts";
import { followTranscript, readRawTranscript, readTranscript } from "../../workers/transcript.ts";
import { parseDuration } from "../args.ts";
import type { Command, CommandContext } from "../command.ts";
import { WatchScreen } from "../output/screen.ts";
import { safeLine, safeText, wrapText } from "../output/text.ts";
import { clockTime, viewOf } from "../output/view.ts";
import { renderWorkers } from "../output/status.ts";
import { recordOf, workerNamed } from "../worker_ref.ts";

/** `looop ls`: lists the workers. */
export const lsCommand: Command = {
  usage: "looop ls [--json] [--watch] [--interval 2s] [--all]",
  async run(context) {
    const { terminal, switches, options, print, open } = context;
    const all = switches.has("all");
    const intervalMs = parseDuration(options.get("interval")) ?? 2000;
    if (switches.has("watch")) {
      if (switches.has("json") || terminal.columns() === null) {
        throw new UsageError("--watch needs a terminal; programs can use looop ls --json");
      }
      return await watchWorkers(context, await open(), { intervalMs, all });
    }
    if (options.has("interval")) throw new UsageError("--interval has no effect without --watch");
    const profile = await open();
    const workers = await listFleet(profile, all);
    await print(workers, (view) => renderWorkers(workers, view, profile.clock.now(), { all }));
  },
};

/** `looop attach`: attaches the terminal to a worker's session. */
export const attachCommand: Command = {
  usage: "looop attach <id>",
  completes: ["worker"],
  async run({ words: [name], terminal, open }) {
    const profile = await open();
    const id = workerNamed(profile, name);
    if (terminal.columns() === null) {
      throw new UserError(
        `cannot attach to ${id}: stdout is not a terminal; use looop logs ${id} --follow`,
      );
    }
    return await attachWorker(profile, id);
  },
};

const RESULTS: Record<Killed, string> = {
  ended_before: "had already ended",
  killed: "killed, with all its processes",
  ends_itself: "done",
};

/** `looop kill`: ends a worker with all its processes. */
export const killCommand: Command = {
  usage: "looop kill <id>",
  completes: ["worker"],
  async run({ words: [name], say, terminal, signal, open }) {
    const profile = await open();
    if (profile.env("LOOOP_SESSION_ID") === workerNamed(profile, name)) {
      // It could not act on them any more.
      const record = await recordOf(profile, name);
      const read = await receiveTold(profile, record, "kill", terminal.out, signal);
      if (read > 0) {
        throw new UserError(
          `worker ${record.id} goes on: act on ${
            plural(read, "message")
          } above, then run this again`,
        );
      }
    }
    if (inboxOf(profile) !== null) {
      // Without a timeout: once the loop receives it, this process is killed.
      await send(profile, await recordOf(profile, name), { say: "kill" }, { signal });
      return;
    }
    const id = workerNamed(profile, name);
    const { how } = await stopSession(profile, id);
    say(`worker ${id}: ${RESULTS[how]}\n`);
  },
};

/** `looop continue`: continues a worker whose session ended unexpectedly. */
export const continueCommand: Command = {
  usage: "looop continue <id>",
  badConfig: "refuse",
  completes: ["worker"],
  async run({ words: [name], say, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, "continue a worker");
    const id = workerNamed(profile, name);
    const continued = await continueWorker(profile, id);
    const how = continued ? "continues its session" : "takes over in a new session";
    say(`worker ${id} ${how}: looop attach ${id}\n`);
  },
};

/** `looop logs`: prints the output of a worker. */
export const logsCommand: Command = {
  usage: "looop logs <id> [--follow] [--raw]",
  completes: ["worker"],
  async run({ words: [name], switches, terminal, signal, open }) {
    const profile = await open();
    const id = workerNamed(profile, name);
    const follow = switches.has("follow");
    if (switches.has("raw")) {
      const until = follow ? signal : undefined;
      for await (const chunk of readRawTranscript(profile, id, { follow: until })) {
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
  },
};

/** `looop prune`: removes the workers that have ended. */
export const pruneCommand: Command = {
  usage: "looop prune",
  async run({ say, signal, open }) {
    const profile = await open();
    // Their costs, asks and claims must be recorded before their files are removed.
    const onMessages = (worker: string) => receive(profile, worker);
    await reconcileWorkers(profile, (await listAsks(profile)).asks, {
      signal,
      receive: onMessages,
    });
    signal.throwIfAborted();
    const { removed, kept } = await pruneWorkers(profile, { unseen: true });
    if (removed.length > 0) say(`removed ${removed.join(", ")}\n`);
    else if (kept.length === 0) say("no worker has ended\n");
    for (const { id, why } of kept) {
      say(`kept ${id} with its worktree: ${safeLine(why)}\n`);
    }
  },
};

/** Characters. */
const MAX_PROMPT = 1_000_000;

/** `looop start-session`: starts a worker. */
export const startSessionCommand: Command = {
  usage: "looop start-session <id> <prompt|-> [--runner R] [--model M]",
  more: "[--verify CMD] [--repo PATH]",
  badConfig: "refuse",
  completesOptions: { runner: "runner" },
  async run({ words: [name, word], options, say, input, open }) {
    const profile = await open();
    const prompt = await input(word, MAX_PROMPT);
    const id = workerNamed(profile, name);
    if (prompt.trim() === "") throw new UserError(`cannot start worker ${id}: its prompt is empty`);
    if (prompt.length > MAX_PROMPT) {
      throw new UserError(
        `cannot start worker ${id}: its prompt has more than ${MAX_PROMPT} characters; refer to a file instead`,
      );
    }
    await ensureProfile(profile);
    // Messages of an ended worker with this id, before its files are archived.
    await receive(profile, id);
    const verify = options.get("verify");
    const { admitCommand } = await import("../../admit/action.ts");
    const repo = options.get("repo");
    const { runner, worktree } = await startSession(profile, {
      id,
      prompt,
      runner: options.get("runner"),
      model: options.get("model"),
      repo: repo?.startsWith("~/") ? repo : repo && resolve(repo),
      verify,
      verifyCommand: verify === undefined ? null : await admitCommand(profile, verify),
    });
    const place = worktree ? ` in ${worktree.path} on ${worktree.branch}` : "";
    say(`started worker ${id} (${runner})${place}: looop attach ${id}\n`);
  },
};

/**
 * Lists the workers, redrawn at each interval, until the signal.
 *
 * @param options.all includes archived workers
 */
async function watchWorkers(
  { terminal, signal }: CommandContext,
  profile: Profile,
  { intervalMs, all }: { intervalMs: number; all: boolean },
): Promise<void> {
  using screen = new WatchScreen(terminal, signal);
  while (!signal.aborted) {
    // On stderr they would overwrite the table.
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
      ...(workers ? ["", ...renderWorkers(workers, view, now).trimEnd().split("\n")] : []),
      ...warnings.flatMap((text) => ["", ...wrapText(safeLine(text), view.columns).map(view.red)]),
    ]);
    await profile.clock.sleep(intervalMs, signal);
  }
}

function headline(workers: WorkerSummary[] | null, now: Date): string {
  if (workers === null) return `${clockTime(now)}  cannot list the workers`;
  const count = (what: string, of: (worker: WorkerSummary) => boolean) =>
    `${workers.filter(of).length} ${what}`;
  return `${clockTime(now)}  ${count("alive", ({ alive }) => alive)}, ` +
    `${count("waiting for you", ({ flagged }) => flagged)}, ` +
    count("ended", ({ alive }) => !alive);
}
