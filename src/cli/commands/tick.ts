import { duration } from "../../schema/text.ts";
import { openAsks } from "../../inbox/asks.ts";
import { runGoal, tickOnce, type TickOnceInput } from "../../loop/run.ts";
import { lockHolder } from "../../os/lock.ts";
import { ensureProfile } from "../../profile/ensure.ts";
import { isPaused, wakePulse } from "../../profile/markers.ts";
import { maskJson } from "../../mask/mask.ts";
import type { Profile } from "../../profile/profile.ts";
import { UsageError } from "../../schema/errors.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { TickResult } from "../../schema/tick_result.ts";
import type { Worker } from "../../schema/worker.ts";
import { parseDuration } from "../args.ts";
import { type Command, type CommandContext, FAILED, OK } from "../command.ts";
import { safeJson, safeLine } from "../output/text.ts";
import { renderPlan, renderProgress, renderSeeded, renderTick } from "../output/tick.ts";
import { PLAIN, viewOf } from "../output/view.ts";

/** `looop tick`: runs one tick. */
export const tickCommand: Command = {
  usage: "looop tick [--json] [--dry-run] [--wait[=S]] [--wake] [--strict]",
  badConfig: "refuse",
  async run(context) {
    const { options, switches, open } = context;
    const wait = options.get("wait");
    const dryRun = switches.has("dry-run");
    if (wait !== undefined && dryRun) {
      throw new UsageError("--wait has no effect with --dry-run, which starts no worker");
    }
    const timeoutMs = parseDuration(wait || undefined);
    const profile = await open();
    if (switches.has("wake") && await lockHolder(profile.paths.pulseLock) !== null) {
      const idle = ["dry-run", "strict", "json"].find((name) => switches.has(name));
      if (wait !== undefined || idle !== undefined) {
        const flag = wait !== undefined ? "wait" : idle;
        throw new UsageError(
          `--${flag} has no effect with --wake: a pulse is running, which ticks`,
        );
      }
      await wakePulse(profile);
      const effect = isPaused(profile)
        ? ", but the loop is paused: looop resume continues it"
        : ": it ticks now";
      return context.terminal.out(`woke the pulse${effect}\n`);
    }
    const strict = switches.has("strict") || isJob(profile);
    let over = true;
    // With --wait, the machine may be gone afterwards.
    const deliver = wait === undefined
      ? async () => await (await import("../../loop/report.ts")).deliverApart(profile)
      : undefined;
    const runTick = async (input: Input) => {
      if (strict) await prepareJob(profile, input);
      return await tickOnce(profile, { ...input, dryRun, deliver });
    };
    const result = await reportTick(
      context,
      profile,
      runTick,
      async (result): Promise<JsonObject> => {
        if (wait === undefined) return {};
        const waited = await waitForWorkers(context, profile, { result, timeoutMs });
        over = waited.over;
        return { workers: waited.workers };
      },
    );
    return over && !isFailure(result, strict) ? OK : FAILED;
  },
};

/** Prepares the runner's program, in a data directory that is ready: the job can save it even if that fails. */
async function prepareJob(profile: Profile, { onSeeded }: Input): Promise<void> {
  const { seeded } = await ensureProfile(profile);
  if (seeded.length > 0) await onSeeded?.(seeded);
  await (await import("../../loop/setup.ts")).prepareRunners(profile);
}

/** Reports whether a service runs looop as a job, which no user attends: these set `CI`. */
function isJob({ env }: Profile): boolean {
  return !["", "0", "false"].includes(env("CI") ?? "");
}

/** Reports whether a tick failed; with `strict` also if its move failed, or the loop is parked. */
function isFailure(result: TickResult, strict: boolean): boolean {
  if (result.outcome === "failed") return true;
  if (!strict) return false;
  return result.outcome === "parked" ||
    (result.outcome === "moved" && result.result.status === "failed");
}

/** `looop run <goal-id>`: decides and applies one move for one goal now. */
export const runCommand: Command = {
  usage: "looop run <goal-id> [--json]",
  badConfig: "refuse",
  completes: ["goal"],
  async run(context) {
    const profile = await context.open();
    const [id] = context.words;
    const { outcome } = await reportTick(context, profile, (input) => runGoal(profile, id, input));
    // The user asked for a move, and there was none.
    return ["failed", "undecided", "held"].includes(outcome) ? FAILED : OK;
  },
};

/** `looop deliver`: runs the notify command for what is due; `looop tick` starts it, so as not to wait for it. */
export const deliverCommand: Command = {
  usage: "looop deliver",
  badConfig: "refuse",
  async run({ open, signal }) {
    const { deliver } = await import("../../inbox/deliveries.ts");
    await deliver(await open(), signal);
  },
};

type Input = Pick<TickOnceInput, "onProgress" | "onSeeded" | "signal">;

/**
 * Runs one tick and prints its result on stdout, as JSON with `--json`; progress goes to stderr.
 *
 * @param follow runs after the tick is reported; the returned fields are added to the JSON
 */
async function reportTick(
  { terminal, signal, switches }: CommandContext,
  profile: Profile,
  runTick: (input: Input) => Promise<TickResult>,
  follow?: (result: TickResult) => Promise<JsonObject>,
): Promise<TickResult> {
  const made = await runTick({
    signal,
    async onSeeded(seeded) {
      const { firstStep } = await import("./pulse.ts");
      terminal.err(renderSeeded(seeded, firstStep(profile), PLAIN));
    },
    onProgress: (text) => terminal.err(renderProgress(text, PLAIN)),
  });
  // Masked before lines are broken, since a broken secret would not be found.
  const result = maskJson(profile.mask, made);
  if (switches.has("json")) {
    const more = await follow?.(made) ?? {};
    terminal.out(`${safeJson({ ...result, ...maskJson(profile.mask, more) })}\n`);
  } else {
    const view = await viewOf(terminal);
    terminal.out(renderTick(result, view, { at: profile.clock.now() }));
    if (result.outcome === "planned") terminal.out(renderPlan(result, view));
    const { asks } = await openAsks(profile);
    if (asks.length > 0) {
      const { renderBanner } = await import("../output/inbox.ts");
      terminal.out(renderBanner(asks, view));
    }
    await follow?.(made);
  }
  return result;
}

/**
 * Waits for the workers that a tick has started, reports their states on stderr, and commits what the next machine
 * needs. Workers that are still running after the timeout keep running.
 *
 * @param timeoutMs default: until they have ended
 * @returns whether all have ended, and their states for `--json`
 */
async function waitForWorkers(
  { terminal, signal }: CommandContext,
  profile: Profile,
  { result, timeoutMs }: { result: TickResult; timeoutMs?: number },
): Promise<{ over: boolean; workers: JsonObject[] }> {
  const { awaitWorkers, commitForClone, isOver } = await import("../../loop/handoff.ts");
  const report = (text: string) => terminal.err(renderProgress(text, PLAIN));
  const ids = startedBy(result);
  if (ids.length > 0) {
    const limit = timeoutMs === undefined ? "" : `, at most ${duration(timeoutMs)}`;
    report(`waiting for worker ${ids.join(", ")} to end${limit}`);
  }
  // Before the wait too: if this machine is killed, a clone then finds the worker lost.
  await commitForClone(profile);
  if (ids.length === 0) return { over: true, workers: [] };
  const workers = await awaitWorkers(profile, ids, {
    timeoutMs,
    signal,
    onChange: (worker) => report(describe(worker)),
  });
  await commitForClone(profile);
  const left = workers.filter((worker) => !isOver(worker)).map(({ id }) => id);
  if (left.length > 0) {
    report(
      `stopped waiting: ${left.join(", ")} is still running. ` +
        "If this machine ends now, the next tick finds it lost",
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

/** The workers that a tick has started: at most one, since it applies one move. */
function startedBy(result: TickResult): string[] {
  if (result.outcome !== "moved" || result.result.status !== "made") return [];
  const { move } = result.decision;
  return move.action === "start_worker" ? [move.id] : [];
}

function describe({ id, state, exit_code, verification, flag, alive }: Worker): string {
  if (alive && flag) return `worker ${id} is waiting for you: it says: ${safeLine(flag.note)}`;
  const verified = verification && `, verify ${verification.passed ? "passed" : "failed"}`;
  const exit = exit_code === null || exit_code === 0 ? "" : ` with status ${exit_code}`;
  return `worker ${id}: ${state}${exit}${verified ?? ""}`;
}
