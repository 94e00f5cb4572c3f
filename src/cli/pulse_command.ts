import project from "../../deno.json" with { type: "json" };
import { pickRunner } from "../decide/pick_runner.ts";
import { fileAge } from "../host/file_age.ts";
import { lockHolder } from "../host/lock.ts";
import { Notices } from "../host/notices.ts";
import { steeredBy } from "../human_inputs.ts";
import { UserError } from "../model/user_error.ts";
import { ensureProfile } from "../profile/ensure_profile.ts";
import type { Profile } from "../profile/profile.ts";
import { pulse } from "../pulse.ts";
import type { Command } from "./command.ts";
import { OK } from "./exit_codes.ts";
import { PulseScreen } from "./pulse_screen.ts";
import { renderHeader } from "./render_header.ts";
import { renderSeeded } from "./render_seeded.ts";
import { type View, viewOf } from "./view.ts";

/** `looop` alone: ticks until it is stopped. */
export const pulseCommand: Command = {
  usage: "looop",
  switches: [],
  words: { least: 0, most: 0 },
  async run({ terminal, signal, open }) {
    const profile = await open();
    const { dataDir, pulseLock } = profile.paths;
    const holder = await lockHolder(pulseLock);
    if (holder !== null) {
      throw new UserError(
        `a pulse is running on ${dataDir} already (pid ${holder.trim()}): looop status`,
      );
    }
    const { seeded } = await ensureProfile(profile);
    const view = await viewOf(terminal);
    terminal.out(await header(profile, view));
    if (seeded.length > 0) terminal.out(renderSeeded(seeded, dataDir, view));
    using notices = new Notices(steeredBy(profile));
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

async function header(profile: Profile, view: View): Promise<string> {
  const { paths, configPath, config } = profile;
  const picked = await pickRunner(profile);
  return renderHeader({
    version: project.version,
    dataDir: paths.dataDir,
    configPath,
    configThere: fileAge(configPath, 0) !== null,
    runner: picked.runner ? { name: picked.runner.name } : { why: picked.why },
    intervalS: config.interval,
  }, view);
}
