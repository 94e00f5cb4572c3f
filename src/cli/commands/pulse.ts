import project from "../../../deno.json" with { type: "json" };
import { pickRunner } from "../../decide/decide.ts";
import { listAsks } from "../../inbox/asks.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { pulse } from "../../loop/pulse.ts";
import { unpark, userInputPaths } from "../../loop/wake.ts";
import { receive } from "../../mailbox/server.ts";
import { lockHolder } from "../../os/lock.ts";
import { PromptStopped } from "../../os/prompter.ts";
import { fileAge } from "../../os/stat.ts";
import { Notices } from "../../os/watch.ts";
import { ensureProfile } from "../../profile/ensure.ts";
import { appendEvent } from "../../profile/events.ts";
import { parseFile } from "../../profile/json_file.ts";
import { isPaused, pause, resume } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { UserError } from "../../schema/errors.ts";
import { lastTickSchema } from "../../schema/status.ts";
import { listWorkers } from "../../workers/list.ts";
import { startPulse, stopPulse } from "../../workers/pulse_session.ts";
import { reconcileWorkers } from "../../workers/reconcile.ts";
import { stopSession } from "../../workers/stop.ts";
import type { Command } from "../command.ts";
import { FAILED, OK } from "../command.ts";
import { describeError, stoppedCode } from "../main.ts";
import { PulseScreen } from "../output/screen.ts";
import { safeText } from "../output/text.ts";
import { renderHeader, renderSeeded } from "../output/tick.ts";
import { type View, viewOf } from "../output/view.ts";
import { reportTime } from "./inbox.ts";

/** `looop` alone: ticks until it is stopped. */
export const pulseCommand: Command = {
  usage: "looop",
  switches: [],
  words: { least: 0, most: 0 },
  async run(context) {
    const { terminal, signal, open } = context;
    let profile = await open();
    const { dataDir, pulseLock } = profile.paths;
    const holder = await lockHolder(pulseLock);
    if (holder !== null) {
      throw new UserError(
        `a pulse is running on ${dataDir} already (pid ${holder.trim()}): looop status`,
      );
    }
    const { seeded } = await ensureProfile(profile);
    const view = await viewOf(terminal);
    terminal.out(header(profile, view));
    if (seeded.length > 0) {
      terminal.out(renderSeeded(seeded, profile, view));
      if (pickRunner(profile).runner === null) {
        try {
          // The only pulse that needs these modules is the first one.
          const { offerSetUp } = await import("./init.ts");
          await offerSetUp(context, profile);
        } catch (error) {
          if (!(error instanceof PromptStopped)) throw error;
          terminal.out("looop stopped\n");
          return signal.aborted ? OK : stoppedCode("SIGINT");
        }
        // The setup may have written the config.
        profile = await open();
      }
    }
    using notices = new Notices(userInputPaths(profile));
    const screen = new PulseScreen(terminal, profile, view);
    await pulse(profile, {
      ...{ signal, notices },
      onTick: (result, waitS) => screen.showTick(result, waitS),
      onError: (error, waitS) => screen.showError(error, waitS),
      onProgress: (text) => screen.showProgress(text),
    });
    terminal.out("looop stopped\n");
    return OK;
  },
};

function header(profile: Profile, view: View): string {
  const { paths, configPath, config } = profile;
  const picked = pickRunner(profile);
  return renderHeader({
    version: project.version,
    dataDir: paths.dataDir,
    configPath,
    configThere: fileAge(configPath, 0) !== null,
    runner: picked.runner ? { name: picked.runner.name } : { why: picked.why },
    intervalS: config.interval,
  }, view);
}

/** `looop up`: the pulse, in a tmux session of its own. */
export const upCommand: Command = {
  usage: "looop up",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, open }) {
    const profile = await open();
    const { seeded } = await ensureProfile(profile);
    if (seeded.length > 0) terminal.out(renderSeeded(seeded, profile, await viewOf(terminal)));
    const { pid, ticked, said } = await startPulse(profile);
    const running = `the pulse runs (pid ${pid}), looop down stops it`;
    if (!ticked) {
      terminal.err(`looop: ${running}, but it has not ticked yet:\n${safeText(said)}\n`);
      return FAILED;
    }
    const tick = await parseFile(
      profile.paths.lastTick,
      lastTickSchema,
      "The next tick replaces it.",
    );
    terminal.out(`${running}; first tick: ${tick?.outcome}\n`);
    return OK;
  },
};

/** `looop down`: stops the pulse, and the workers if asked to. */
export const downCommand: Command = {
  usage: "looop down [--workers]",
  switches: ["workers"],
  words: { least: 0, most: 0 },
  async run({ terminal, switches, signal, open }) {
    const profile = await open();
    await refuseInsideWorker(profile, "stop the loop");
    const stopped = await stopPulse(profile);
    terminal.out(stopped ? "the pulse is stopped\n" : "no pulse was running\n");
    if (!switches.has("workers")) return OK;
    const { killed, failed } = await killAll(profile);
    // What those left behind that ended by themselves would keep the tmux server alive.
    const { asks } = await listAsks(profile);
    await reconcileWorkers(profile, asks, signal, (worker) => receive(profile, worker));
    terminal.out(killed.length > 0 ? `killed ${killed.join(", ")}\n` : "no worker was killed\n");
    for (const why of failed) terminal.err(describeError(why));
    return failed.length > 0 ? FAILED : OK;
  },
};

/** All at once, since each may take seconds to die; one that does not keeps none of the others alive. */
async function killAll(profile: Profile): Promise<{ killed: string[]; failed: unknown[] }> {
  const ids = (await listWorkers(profile)).filter(({ alive }) => alive).map(({ id }) => id);
  const failed: unknown[] = [];
  const killed = await Promise.all(ids.map(async (id) => {
    try {
      await stopSession(profile, id);
      return [id];
    } catch (error) {
      failed.push(error);
      return [];
    }
  }));
  return { killed: killed.flat(), failed };
}

/** `looop pause`: no tick looks, decides or moves until `looop resume`. */
export const pauseCommand: Command = {
  usage: "looop pause",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, open }) {
    const profile = await open();
    await ensureProfile(profile);
    const already = isPaused(profile);
    if (!already) {
      await pause(profile);
      await appendEvent(profile, { event: "paused" });
    }
    terminal.out(`${already ? "paused already" : "paused"}: looop resume goes on\n`);
    return OK;
  },
};

/** `looop resume`: ends a pause, and a parking after failures. */
export const resumeCommand: Command = {
  usage: "looop resume",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, open }) {
    const profile = await open();
    const parked = await unpark(profile);
    if (!parked && !isPaused(profile)) {
      terminal.out("neither paused nor parked\n");
      return OK;
    }
    await resume(profile);
    await appendEvent(profile, { event: "resumed" });
    terminal.out(`resumed: the loop looks ${await reportTime(profile)}\n`);
    return OK;
  },
};
