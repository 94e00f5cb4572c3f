import type { AttentionItem } from "../model/attention.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";

/** What is being put before the person. */
export interface Surfacing {
  items: AttentionItem[];
  /** Resolves when all commands have ended; never rejects. */
  done: Promise<void>;
}

/**
 * Puts each new ask and flag before the person, once: by the `notify` command and a window in their own tmux,
 * where there are such. Never throws; what fails is told in `events.jsonl`. No tick needs to wait for `done`.
 *
 * @param signal kills the commands that still run
 */
export async function surface(profile: Profile, signal?: AbortSignal): Promise<Surfacing> {
  const command = profile.config.notify;
  const windows = wantsWindows(profile);
  if (command === undefined && !windows) return { items: [], done: Promise.resolve() };
  try {
    // Loaded only here: with nobody to tell, an idle tick needs none of it.
    const { takeUnsurfaced } = await import("./take_unsurfaced.ts");
    const { notify } = await import("./notify.ts");
    const { openWindow } = await import("./open_window.ts");
    const items = await takeUnsurfaced(profile);
    const notified = command === undefined
      ? []
      : items.map((item) => notify(profile, command, item, signal));
    const opened = async () => {
      // One after the other, so that two asks of one worker open one window.
      for (const item of windows ? items : []) await openWindow(profile, item);
    };
    return { items, done: Promise.all([...notified, opened()]).then(() => undefined) };
  } catch (error) {
    const { appendEvent } = await import("../profile/events.ts");
    await appendEvent(profile, { event: "surface_failed", why: messageOf(error) });
    return { items: [], done: Promise.resolve() };
  }
}

/** Tells whether there is a tmux of the person's own in which windows are wanted. */
function wantsWindows({ env }: Profile): boolean {
  const tmux = env("TMUX");
  // A pulse in the fleet's own tmux has nobody who looks at it.
  return tmux !== undefined && !/\/looop-\d+\/[0-9a-f]{8},/.test(tmux) &&
    env("LOOOP_TMUX_SURFACE") !== "0";
}
