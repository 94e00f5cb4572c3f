import { awaitWorkers, commitForClone, isOver } from "../../loop/handoff.ts";
import { runGoal, tickOnce, type TickOnceInput } from "../../loop/run.ts";
import { maskJson } from "../../mask/stream.ts";
import type { Profile } from "../../profile/profile.ts";
import { UsageError } from "../../schema/errors.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { TickResult } from "../../schema/status.ts";
import type { Worker } from "../../schema/worker.ts";
import { parseSpan } from "../args.ts";
import { type Command, type CommandContext, FAILED, inOrder, OK } from "../command.ts";
import { renderBanner } from "../output/inbox.ts";
import { safeJson, safeLine } from "../output/text.ts";
import { renderPlan, renderProgress, renderSeeded, renderTick } from "../output/tick.ts";
import { duration, PLAIN, viewOf } from "../output/view.ts";
import { openAsks } from "./inbox.ts";

/** `looop tick`: one pass of the loop. */
export const tickCommand: Command = {
  usage: "looop tick [--json] [--dry-run] [--wait[=S]]",
  switches: ["json", "dry-run"],
  optionals: ["wait"],
  words: { least: 0, most: 0 },
  async run(context) {
    const { options, switches, open } = context;
    const wait = options.get("wait");
    const dryRun = switches.has("dry-run");
    if (wait === undefined) {
      const profile = await open();
      return await reportTick(context, profile, (input) => tickOnce(profile, { ...input, dryRun }));
    }
    if (dryRun) {
      throw new UsageError(
        `--wait is of no use with --dry-run, which starts no worker\nusage: ${tickCommand.usage}`,
      );
    }
    const timeoutMs = wait === "" ? undefined : parseSpan(wait, tickCommand.usage);
    const profile = await open();
    let over = true;
    const code = await reportTick(context, profile, (input) => tickOnce(profile, input), {
      async follow(result) {
        const waited = await waitForWorkers(context, profile, { result, timeoutMs });
        over = waited.over;
        return { workers: waited.workers };
      },
    });
    return over ? code : FAILED;
  },
};

/** `looop run <goal-id>`: one move for one goal, now. */
export const runCommand: Command = {
  usage: "looop run <goal-id> [--json]",
  switches: ["json"],
  completes: inOrder("goal"),
  words: { least: 1, most: 1 },
  async run(context) {
    const profile = await context.open();
    const [id] = context.words;
    return await reportTick(context, profile, (input) => runGoal(profile, id, input), {
      // Somebody asked for this very move, and nobody was there to decide it.
      codes: { undecided: FAILED, held: FAILED },
    });
  },
};

/** What a tick started from the command line is given. */
type Input = Pick<TickOnceInput, "onProgress" | "onSeeded" | "signal">;

/** What a command makes of its tick; all of it has a default. */
interface TickReport {
  /** Exit status by outcome. Default: a failed decision is a failure, all else is none. */
  codes?: Partial<Record<TickResult["outcome"], number>>;
  /** What follows the tick once a person was told of it; the fields that it gives join the result in JSON. */
  follow?(result: TickResult): Promise<JsonObject>;
}

/**
 * Makes one tick and tells what came of it: on stdout the result, as JSON with `--json`; on stderr whatever
 * else there is to say.
 */
export async function reportTick(
  { terminal, signal, switches }: CommandContext,
  profile: Profile,
  makeTick: (input: Input) => Promise<TickResult>,
  { codes = {}, follow = () => Promise.resolve({}) }: TickReport = {},
): Promise<number> {
  const made = await makeTick({
    signal,
    onSeeded: (seeded) => terminal.err(renderSeeded(seeded, profile, PLAIN)),
    onProgress: (text) => terminal.err(renderProgress(text, PLAIN)),
  });
  // The move in it is exact. Lines are broken later, and half a secret would not be found.
  const result = maskJson(profile.mask, made);
  if (switches.has("json")) {
    const more = await follow(made);
    terminal.out(`${safeJson({ ...result, ...maskJson(profile.mask, more) })}\n`);
  } else {
    const view = await viewOf(terminal);
    terminal.out(renderTick(result, view, { at: profile.clock.now() }));
    if (result.outcome === "planned") {
      terminal.out(renderPlan(result, view));
    }
    const { asks } = await openAsks(profile);
    if (asks.length > 0) {
      terminal.out(renderBanner(asks, view));
    }
    await follow(made);
  }
  return codes[result.outcome] ?? (result.outcome === "failed" ? FAILED : OK);
}

/** What a wait came to. */
interface Waited {
  /** All of them have ended. */
  over: boolean;
  /** How each stands, for `--json`. */
  workers: JsonObject[];
}

/**
 * Waits for the workers that a tick has started, tells on stderr how they stand, and commits what the next machine
 * has to know. When the time is up, or looop is told to stop, those that live go on living.
 *
 * @param timeoutMs milliseconds; default: until they have ended
 */
export async function waitForWorkers(
  { terminal, signal }: CommandContext,
  profile: Profile,
  { result, timeoutMs }: { result: TickResult; timeoutMs?: number },
): Promise<Waited> {
  const say = (text: string) => terminal.err(renderProgress(text, PLAIN));
  const ids = startedBy(result);
  if (ids.length > 0) {
    const most = timeoutMs === undefined
      ? "until it has ended"
      : `for ${duration(timeoutMs)} at most`;
    say(`waiting ${most}: worker ${ids.join(", ")}`);
  }
  // Whatever becomes of the wait: a clone of this finds the worker lost, which it then is.
  await commitForClone(profile);
  if (ids.length === 0) return { over: true, workers: [] };
  const workers = await awaitWorkers(profile, ids, {
    timeoutMs,
    signal,
    onChange: (worker) => say(describe(worker)),
  });
  await commitForClone(profile);
  const left = workers.filter((worker) => !isOver(worker)).map(({ id }) => id);
  if (left.length > 0) {
    say(
      `not waiting any longer: ${left.join(", ")} lives. Should this machine go now, ` +
        "it goes with it, and the next tick finds it lost",
    );
  }
  return {
    over: left.length === 0,
    workers: workers.map(({ id, state, exit_code, verification }) => ({
      id,
      state,
      exit_code,
      verified: verification?.passed ?? null,
    })),
  };
}

/** The workers that a tick has started: none, or one, since it makes one move. */
function startedBy(result: TickResult): string[] {
  if (result.outcome !== "moved" || result.result.status !== "made") return [];
  const { move } = result.decision;
  return move.action === "start_worker" ? [move.id] : [];
}

function describe({ id, state, exit_code, verification, flag, alive }: Worker): string {
  if (alive && flag) return `worker ${id} waits for a person: ${safeLine(flag.note)}`;
  const verified = verification === null
    ? ""
    : verification.passed
    ? ", its verify passed"
    : ", its verify failed";
  const exit = exit_code === null || exit_code === 0 ? "" : ` with status ${exit_code}`;
  return `worker ${id}: ${state}${exit}${verified}`;
}
