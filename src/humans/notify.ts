import { runProgram } from "../host/run_program.ts";
import type { AttentionItem } from "../model/attention.ts";
import { cut } from "../model/cut.ts";
import { messageOf } from "../model/user_error.ts";
import { childEnv, mentionedIn } from "../profile/child_env.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";

const DEADLINE_MS = 60_000;
/** What brings a message to the person's screen. */
const SCREEN = /^(DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|TMUX|XDG_.*)$/;
/** Linux takes at most 128 KiB in one variable, and a character may be three bytes. */
const MAX_TEXT = 40_000;

/** Runs the person's `notify` command for one item, which it finds in its environment. Never throws. */
export async function notify(
  profile: Profile,
  command: string,
  item: AttentionItem,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const end = await runProgram({
      argv: ["bash", "-c", command],
      cwd: profile.paths.dataDir,
      env: { ...childEnv(profile, [SCREEN, ...mentionedIn(command)]), ...environmentOf(item) },
      mask: profile.mask,
      deadlineMs: DEADLINE_MS,
      signal,
    });
    if (end.status === 0 && end.ending === "exited") return;
    const how = end.ending === "deadline" ? `took over ${DEADLINE_MS / 1000} s` : end.ending;
    await logFailure(profile, item, `${how}, status ${end.status}: ${end.stderrTail}`);
  } catch (error) {
    await logFailure(profile, item, messageOf(error));
  }
}

function environmentOf({ kind, ask = "", worker = "", text, options = [] }: AttentionItem) {
  return {
    LOOOP_KIND: kind,
    LOOOP_ASK_ID: ask,
    LOOOP_WORKER: worker,
    LOOOP_QUESTION: fit(text),
    LOOOP_OPTIONS: fit(options.map((option) => option.replace(/[\r\n]+/g, " ")).join("\n")),
  };
}

/** An environment cannot hold a NUL. */
function fit(text: string): string {
  return cut(text.replaceAll("\0", ""), MAX_TEXT);
}

async function logFailure(profile: Profile, { key }: AttentionItem, why: string): Promise<void> {
  await appendEvent(profile, { event: "notify_failed", item: key, why: cut(why, 1000) });
}
