import project from "../../../deno.json" with { type: "json" };
import { pickRunner } from "../../decide/runners/runner.ts";
import { listAsks } from "../../inbox/asks.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { pulse } from "../../loop/pulse.ts";
import { unpark, userInputPaths } from "../../loop/wake.ts";
import { receive } from "../../mailbox/server.ts";
import { lockHolder } from "../../os/lock.ts";
import { PromptStopped } from "../../os/prompter.ts";
import { kindAt } from "../../os/stat.ts";
import { Notices } from "../../os/watch.ts";
import { ensureProfile } from "../../profile/ensure.ts";
import { appendEvent } from "../../profile/journal.ts";
import { parseFile } from "../../profile/json_file.ts";
import { isPaused, pause, resume } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { UsageError, UserError } from "../../schema/errors.ts";
import { lastTickSchema } from "../../schema/state.ts";
import { listWorkers } from "../../workers/list.ts";
import { bootFile, disableAtBoot, enableAtBoot } from "../../workers/at_boot.ts";
import { startPulse, stopPulse } from "../../workers/pulse_session.ts";
import { reconcileWorkers } from "../../workers/reconcile.ts";
import { stopSession } from "../../workers/stop.ts";
import { type Command, type CommandContext, FAILED, OK } from "../command.ts";
import { describeError, stoppedCode } from "../main.ts";
import { PulseScreen } from "../output/screen.ts";
import { OUTCOMES } from "../output/status.ts";
import { safeLine, safeText } from "../output/text.ts";
import { renderSeeded } from "../output/tick.ts";
import { joinLines, labelled, type View, viewOf } from "../output/view.ts";
import { nextTick } from "./inbox.ts";
import { offerSetUpAgent } from "./setup_agent.ts";

/** `looop` alone: ticks until it is stopped. */
export const pulseCommand: Command = {
  usage: "looop",
  badConfig: "refuse",
  async run(context) {
    const { terminal, signal, open } = context;
    let profile = await open();
    const { dataDir, pulseLock } = profile.paths;
    const holder = await lockHolder(pulseLock);
    if (holder !== null) {
      throw new UserError(
        `a pulse is already running on ${dataDir} (pid ${holder.trim()}): looop status`,
      );
    }
    const { seeded } = await ensureProfile(profile);
    const view = await viewOf(terminal);
    terminal.out(header(profile, view));
    if (seeded.length > 0) terminal.out(renderSeeded(seeded, firstStep(profile), view));
    try {
      if (seeded.length > 0 && pickRunner(profile).runner === null) {
        // The only pulse that needs these modules is the first one.
        const { offerSetUp } = await import("./init.ts");
        await offerSetUp(context, profile);
        // The setup may have written the config.
        profile = await open();
      }
      await offerSetUpAgent(context, profile);
    } catch (error) {
      if (!(error instanceof PromptStopped)) throw error;
      terminal.out("looop stopped\n");
      return signal.aborted ? OK : stoppedCode("SIGINT");
    }
    using notices = new Notices([...userInputPaths(profile), profile.paths.events]);
    const screen = new PulseScreen(terminal, profile, view);
    // The first tick may decide for minutes. What cannot be read, it reports.
    await screen.showDemands().catch(() => undefined);
    await pulse(profile, {
      ...{ signal, notices },
      onTick: (result, waitS) => screen.showTick(result, waitS),
      onError: (error, waitS) => screen.showError(error, waitS),
      onConfigProblem: (problem) => screen.showConfigProblem(problem),
      onProgress: (text) => screen.showProgress(text),
      onDemand: () => screen.showDemands({ ofWorkers: true }),
    });
    terminal.out("looop stopped\n");
  },
};

/** The data directory of a first run, and the next step. */
export function firstStep(profile: Profile): { dataDir: string; next: string } {
  const picked = pickRunner(profile);
  const why = profile.config.runner === "auto" || picked.runner
    ? "no LLM runner is installed"
    : picked.why;
  const next = picked.runner
    ? "The goal setup asks what you work on, and adapts these files: looop asks"
    : `${why}; run \`looop init\` to choose what to watch`;
  return { dataDir: profile.paths.dataDir, next };
}

/** Renders what is running, on which files, and how to stop it. */
function header(profile: Profile, view: View): string {
  const { paths: { dataDir }, configPath, config } = profile;
  const picked = pickRunner(profile);
  const rows = [
    ["looop", `${project.version}, checks every ${config.interval} s; Ctrl-C stops it`],
    ["data", dataDir],
    [
      "config",
      kindAt(configPath) === "nothing" ? `${configPath} (not found; using defaults)` : configPath,
    ],
    [
      "runner",
      picked.runner ? picked.runner.name : `none, so only goal rules decide: ${picked.why}`,
    ],
  ];
  return joinLines(
    rows.flatMap(([name, text]) =>
      labelled(name.padEnd(8), safeLine(text), view, undefined, view.bold)
    ),
  );
}

/** `looop up`: starts the pulse in a tmux session of its own. */
export const upCommand: Command = {
  usage: "looop up [--at-boot] [--print]",
  badConfig: "refuse",
  async run(context) {
    const { terminal, switches, open, signal, say } = context;
    const profile = await open();
    const atBoot = switches.has("at-boot");
    if (switches.has("print")) {
      if (!atBoot) throw new UsageError("--print has an effect only with --at-boot");
      const { path, text } = await bootFile(profile);
      return terminal.out(`# ${path}\n${text}`);
    }
    const { seeded } = await ensureProfile(profile);
    if (seeded.length > 0) {
      terminal.out(renderSeeded(seeded, firstStep(profile), await viewOf(terminal)));
    }
    if (atBoot) return await startAtBoot(profile, say);
    try {
      // Here: the pulse in the background has a terminal, but no user.
      await offerSetUpAgent(context, profile);
    } catch (error) {
      if (!(error instanceof PromptStopped)) throw error;
      return signal.aborted ? OK : stoppedCode("SIGINT");
    }
    const { pid, ticked, screen } = await startPulse(profile);
    const running = `the pulse is running (pid ${pid}); looop down stops it`;
    if (!ticked) {
      terminal.err(`looop: ${running}. It has not completed a tick yet:\n${safeText(screen)}\n`);
      return FAILED;
    }
    const { lastTick } = profile.paths;
    const tick = await parseFile(lastTick, lastTickSchema, "The next tick replaces it.");
    say(`${running}; first tick: ${tick && OUTCOMES[tick.outcome]}\n`);
  },
};

async function startAtBoot(profile: Profile, say: CommandContext["say"]) {
  await refuseInsideWorker(profile, "start the loop at boot");
  const holder = await lockHolder(profile.paths.pulseLock);
  const { kind, path } = await enableAtBoot(profile, holder === null);
  const now = holder === null
    ? "looop runs now and from each login on"
    : `looop runs from the next login on; until then the pulse that is running (pid ${holder.trim()})`;
  say(`wrote ${path}: ${now}; looop down --at-boot ends that\n`);
  if (kind === "systemd") say("to start it before you log in: loginctl enable-linger\n");
}

/** `looop down`: stops the pulse, and with `--workers` all workers. */
export const downCommand: Command = {
  usage: "looop down [--workers] [--at-boot]",
  async run({ terminal, say, switches, signal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, "stop the loop");
    if (switches.has("at-boot")) {
      const removed = await disableAtBoot(profile);
      say(
        removed === null ? "nothing starts looop at boot\n" : `removed ${safeLine(removed)}\n`,
      );
    }
    const stopped = await stopPulse(profile);
    say(stopped ? "stopped the pulse\n" : "no pulse was running\n");
    if (!switches.has("workers")) return OK;
    const { killed, failed } = await killAll(profile);
    // The sessions of workers that have ended would keep the tmux server alive.
    const { asks } = await listAsks(profile);
    await reconcileWorkers(profile, asks, {
      signal,
      receive: (worker) => receive(profile, worker),
    });
    say(killed.length > 0 ? `killed ${killed.join(", ")}\n` : "no worker was running\n");
    for (const why of failed) terminal.err(describeError(why));
    return failed.length > 0 ? FAILED : OK;
  },
};

/** Kills all workers concurrently, since each may take seconds, and one failure must not save the others. */
async function killAll(profile: Profile): Promise<{ killed: string[]; failed: unknown[] }> {
  const ids = (await listWorkers(profile)).filter(({ alive }) => alive).map(({ id }) => id);
  const results = await Promise.allSettled(ids.map((id) => stopSession(profile, id)));
  return {
    killed: ids.filter((_, i) => results[i].status === "fulfilled"),
    failed: results.flatMap((result) => result.status === "rejected" ? [result.reason] : []),
  };
}

/** `looop pause`: suspends the loop until `looop resume`. */
export const pauseCommand: Command = {
  usage: "looop pause",
  async run({ say, open }) {
    const profile = await open();
    await ensureProfile(profile);
    const already = isPaused(profile);
    if (!already) {
      await pause(profile);
      await appendEvent(profile, { event: "paused" });
    }
    say(`${already ? "already paused" : "paused"}: looop resume continues\n`);
  },
};

/** `looop resume`: ends a pause, and retries after failures that stopped decisions. */
export const resumeCommand: Command = {
  usage: "looop resume",
  async run({ say, open }) {
    const profile = await open();
    const parked = await unpark(profile);
    if (!parked && !isPaused(profile)) {
      const down = await lockHolder(profile.paths.pulseLock) === null;
      const state = down ? "no pulse is running; start one with looop up" : "the loop is running";
      return say(`nothing to resume: ${state}\n`);
    }
    await resume(profile);
    await appendEvent(profile, { event: "resumed" });
    say(`resumed: the loop continues ${await nextTick(profile)}\n`);
  },
};
