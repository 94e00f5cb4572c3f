import { listJournal } from "../../documents/journal.ts";
import { UsageError } from "../../schema/errors.ts";
import { localDay, localTime } from "../../schema/text.ts";
import { parseDuration } from "../args.ts";
import type { Command } from "../command.ts";
import { hangText, safeLine } from "../output/text.ts";
import { joinLines } from "../output/view.ts";

/** How many lines are shown if no time is given. */
const DEFAULT_LINES = 20;

/** `looop journal`: shows what happened. */
export const journalCommand: Command = {
  usage: "looop journal [--since TIME] [--goal G] [--json]",
  completesOptions: { goal: "goal", since: ["today", "yesterday"] },
  async run({ options, print, open }) {
    const profile = await open();
    const given = options.get("since");
    const since = given === undefined ? new Date(0) : parseSince(given, profile.clock.now());
    const all = await listJournal(profile, { since, goal: options.get("goal") });
    const entries = given === undefined ? all.slice(-DEFAULT_LINES) : all;
    await print(entries, (view) => {
      if (entries.length === 0) return "no entries\n";
      const left = all.length - entries.length;
      const note = left === 0 ? [] : [view.dim(`${left} older entries: --since TIME`)];
      return joinLines([
        ...note,
        ...entries.flatMap(({ at, text, tainted }) => {
          const time = new Date(at);
          const head = `${localDay(time)} ${localTime(time)}  `;
          const [first, ...rest] = hangText(
            head,
            safeLine(`${tainted ? "~ " : ""}${text}`),
            view.columns,
          );
          return [view.dim(head) + first.slice(head.length), ...rest];
        }),
      ]);
    });
  },
};

/**
 * Reads a time in the past: `today`, `yesterday`, a day, a day with a time of day, or how long ago, such as `3d`.
 *
 * @throws {UsageError} for anything else.
 */
export function parseSince(text: string, now: Date): Date {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (text === "today") return midnight;
  if (text === "yesterday") {
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  }
  const [, day, time = "00:00"] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?$/.exec(text) ?? [];
  const at = new Date(`${day}T${time}`);
  if (!Number.isNaN(at.getTime())) return at;
  try {
    return new Date(now.getTime() - parseDuration(text)!);
  } catch {
    throw new UsageError(
      `${text} is not a time; use today, yesterday, 2026-11-23, "2026-11-23 09:30", 90s, 2h or 3d`,
    );
  }
}
