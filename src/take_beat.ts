import { surface } from "./humans/surface.ts";
import type { Config } from "./model/config.ts";
import { makeMask } from "./model/make_mask.ts";
import type { TickResult } from "./model/tick_result.ts";
import { noteTick } from "./profile/note_tick.ts";
import type { Profile } from "./profile/profile.ts";
import { readConfig } from "./profile/read_config.ts";
import { tick } from "./tick.ts";
import type { TickInput } from "./tick_input.ts";
import { anyAlive } from "./workers/any_alive.ts";

/** What one beat of a pulse came to. */
export interface Beat {
  /** `null` where the tick threw. */
  result: TickResult | null;
  /** What went wrong in or after the tick; `null` where nothing did. */
  error: Error | null;
  /** What the tick ran on. */
  config: Config;
  /** Whether a worker lives. */
  working: boolean;
  /** Resolves when the person has been told of what waits for them; never rejects. */
  surfaced: Promise<void>;
}

/** One beat of a pulse: reads the config anew, ticks, and tells the person what waits for them. Never throws. */
export async function takeBeat(opened: Profile, input: TickInput): Promise<Beat> {
  const { config, paths } = opened;
  const surfaced = Promise.resolve();
  const beat: Beat = { result: null, error: null, config, working: false, surfaced };
  let profile = opened;
  try {
    const loaded = await readConfig(opened.configPath, opened.env);
    const mask = makeMask(opened.environment, loaded.config.redact);
    profile = {
      ...opened,
      ...{ config: loaded.config, configDigest: loaded.digest, mask },
      warn: (text) => opened.warn(mask(text)),
    };
    beat.config = profile.config;
    beat.result = await tick(profile, input);
    beat.working = anyAlive(paths);
    await noteTick(profile, beat.result);
  } catch (error) {
    beat.error = error instanceof Error ? error : new Error(String(error));
  }
  beat.surfaced = (await surface(profile, input.signal)).done;
  return beat;
}
