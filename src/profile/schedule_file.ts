import { parse, stringify } from "@std/yaml";
import { messageOf } from "../schema/errors.ts";
import { moveSchema } from "../schema/move.ts";
import {
  type Schedule,
  type ScheduleFields,
  scheduleFieldsSchema,
  type Timing,
} from "../schema/schedule.ts";
import { describeIssues } from "../schema/schema.ts";
import { refuseYaml } from "./goal_file.ts";
import { cronOf } from "./slots.ts";
import { quotingHint, yamlPitfalls } from "./yaml_pitfalls.ts";

const MAX_CHARS = 65_536;
const MAX_JOURNAL = 500;
const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Names, digits and the signs of cron; `L` is the last day of a month, `1#2` the second Monday. */
const CRON_FIELD = /^[0-9A-Za-z*,/#-]+$/;
/** Names of IANA zones: Temporal also takes offsets and whole times. */
const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]*$/;

/**
 * Parses `schedules/<name>.yaml`. Its move may omit `journal` (default: the schedule's name and note).
 *
 * @returns the schedule, or what is wrong with the text
 */
export function parseSchedule(name: string, text: string): Schedule | string {
  if (text.length > MAX_CHARS) return `it has more than ${MAX_CHARS} characters`;
  let data: unknown;
  try {
    // Times stay text: YAML takes one without a zone for UTC.
    data = parse(text.replace(/^\uFEFF/, ""), { schema: "core" });
  } catch (error) {
    const why = messageOf(error);
    return `it is not valid YAML: ${why}${quotingHint(text, why)}`;
  }
  const refusal = refuseYaml(data, "it");
  if (refusal !== null) return refusal;
  const parsed = scheduleFieldsSchema.safeParse(data);
  if (!parsed.success) return describeIssues(scheduleFieldsSchema, data);
  const { note, catch_up: catchUp, until, untrusted } = parsed.data;
  const timing = timingOf(parsed.data);
  if (typeof timing === "string") return timing;
  const schedule: Schedule = { name, timing, note, catchUp, untrusted };
  if (until !== undefined) {
    const end = timeOf(until);
    if (end === null) return "`until` must be a time with a zone, such as 2026-12-31T18:00+01:00";
    schedule.until = end;
  }
  if (parsed.data.do === undefined) return schedule;
  const journal = note === "" ? name : `${name}: ${note}`.slice(0, MAX_JOURNAL);
  const move = { journal, ...parsed.data.do };
  const checked = moveSchema.safeParse(move);
  if (!checked.success) return describeIssues(moveSchema, move, ["do"]);
  return { ...schedule, do: checked.data };
}

/** Lists what YAML silently changes in a schedule, one line each, with the line number and the fix. */
export function schedulePitfalls(text: string): string[] {
  return yamlPitfalls(text.replace(/^\uFEFF/, ""), 1);
}

/** Checks a schedule before it is written; returns what is wrong with it, or `null`. */
export function scheduleProblem(name: string, text: string): string | null {
  const parsed = parseSchedule(name, text);
  return typeof parsed === "string" ? parsed : schedulePitfalls(text).join("\n") || null;
}

function timingOf({ cron, at, every, tz }: ScheduleFields): Timing | string {
  if ([cron, at, every].filter((one) => one !== undefined).length !== 1) {
    return "it must have one of `cron`, `at` and `every`";
  }
  if (every !== undefined) return tz === undefined ? everyOf(every) : "`every` takes no `tz`";
  if (tz === undefined) return "it must have `tz`, such as Europe/Berlin or UTC";
  if (!isZone(tz)) return `\`tz\`: there is no time zone ${JSON.stringify(tz)}`;
  return at === undefined ? cronTiming(cron!, tz) : atTiming(at, tz);
}

function isZone(tz: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(tz);
    return ZONE.test(tz);
  } catch {
    return false;
  }
}

function everyOf(every: string): Timing | string {
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(every) ?? [];
  return count === undefined
    ? "`every` must be a number of minutes, hours or days, such as 90m, 6h or 2d"
    : { everyMs: Number(count) * UNITS_MS[unit] };
}

function cronTiming(cron: string, tz: string): Timing | string {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => CRON_FIELD.test(field))) {
    return "`cron` must have five fields: minute hour day month weekday";
  }
  try {
    const timing = { cron: fields.join(" "), tz };
    return cronOf(timing).nextRun(new Date(0)) === null ? "`cron` never matches" : timing;
  } catch (error) {
    return `\`cron\`: ${messageOf(error)}`;
  }
}

function atTiming(at: string, tz: string): Timing | string {
  const wrong = "`at` must be a local time to the minute, such as 2026-12-01T09:00";
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::00)?$/.exec(at) ?? [];
  if (day === undefined) return wrong;
  try {
    const wall = Temporal.PlainDateTime.from(`${day}T${time}`, { overflow: "reject" });
    return { at: wall.toString({ smallestUnit: "minute" }), tz };
  } catch {
    return wrong;
  }
}

/** ISO 8601 in UTC; `null`: it has no zone, or is not a time. */
function timeOf(text: string): string | null {
  try {
    return new Date(Temporal.Instant.from(text).epochMilliseconds).toISOString();
  } catch {
    return null;
  }
}

/** Marks a schedule as influenced by untrusted input: `untrusted: true`, in place of any such line. */
export function markScheduleUntrusted(body: string): string {
  const lines = body.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const others = lines.filter((line) => !/^untrusted[ \t]*:/.test(line));
  const marked = ["untrusted: true", ...others].join("\n");
  const found = parseSchedule("", marked);
  // In another notation, such as a flow mapping, the line would not be part of it.
  return typeof found === "string" && typeof parseSchedule("", body) !== "string"
    ? stringify({ ...parse(body, { schema: "core" }) as object, untrusted: true })
    : marked;
}
