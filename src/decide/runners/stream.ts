import { stripAnsiCode } from "@std/colors";
import * as z from "zod/mini";
import type { ZodMiniType } from "zod/mini";
import type { RunnerError, RunnerResult } from "../../schema/decision.ts";
import type { RunnerEnd } from "./runner.ts";

/** Reads one line of an event stream; `undefined` where it is not JSON or not an event of this shape. */
export function parseEvent<T>(schema: ZodMiniType<T>, line: string): T | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    // Not JSON: a log line among the events.
    return undefined;
  }
}

/** Like {@linkcode plainText}, on one line and cut to 500 characters. */
export function plainLine(text: string): string {
  const line = plainText(text).replaceAll(/\s+/g, " ").trim();
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}

/**
 * The text as a terminal may show it. What a model wrote could otherwise move the cursor, change the title
 * or reorder what stands there: colours, control and direction characters go; tabs and line breaks stay.
 */
export function plainText(text: string): string {
  return stripAnsiCode(text)
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
}

/** A number of tokens; `NaN` for what can be none, so that a sum over it is unknown rather than wrong. */
export const tokenCount = z.catch(z.int().check(z.minimum(0)), NaN);

/** A price in US dollars; `NaN` likewise. */
export const dollars = z.catch(z.number().check(z.minimum(0)), NaN);

/**
 * Turns what a reader found into the result: an exit status other than 0, or an answer without any text, is
 * an error too, and a failed call has no text.
 *
 * A call that the provider refused, as the program's own events tell, has used nothing, and costs 0: or a limit that
 * has passed, or a login that was mended, would leave a budget in dollars with a cost that nobody knows.
 *
 * Any other price of 0 becomes `null` unless no tokens were used: it is what pi and opencode print for a model whose
 * price nobody configured, and a free model cannot be told from that. So does every amount that can be none, such as
 * the sum of counts of which one was below 0.
 */
export function sumUp(found: RunnerResult, end: RunnerEnd, now: Date | undefined): RunnerResult {
  const told = Object.values(found.usage).some((count) => count !== null);
  const usage = {
    input_tokens: orUnknown(found.usage.input_tokens),
    cached_input_tokens: orUnknown(found.usage.cached_input_tokens),
    output_tokens: orUnknown(found.usage.output_tokens),
  };
  const unused = usage.input_tokens === 0 && usage.output_tokens === 0;
  const refused = found.error?.kind === "auth" || found.error?.kind === "rate_limit";
  const price = Number.isFinite(found.cost_usd) && Number(found.cost_usd) >= 0
    ? found.cost_usd
    : null;
  const error = found.error ?? exitError(end, now) ?? emptyError(found.text);
  return {
    ...found,
    text: error ? "" : found.text,
    usage,
    cost_usd: refused && (unused || !told) ? 0 : unused ? price : price || null,
    error,
  };
}

function orUnknown(count: number | null): number | null {
  return Number.isSafeInteger(count) && Number(count) >= 0 ? count : null;
}

function exitError({ status, stderrTail }: RunnerEnd, now: Date | undefined): RunnerError | null {
  if (status === 0) return null;
  // Indented lines and closing brackets are the rest of a dump; what it is about stands before it.
  const last = stderrTail.split("\n").findLast((line) => /^[^\s}\])]/.test(line)) ?? "";
  const how = status > 128 ? `was ended by signal ${status - 128}` : `exited with status ${status}`;
  const error = describeError({ message: last ? `${how}: ${last}` : how }, now);
  return error.kind === "model" ? { ...error, kind: "exit" } : error;
}

function emptyError(text: string): RunnerError | null {
  return text.trim() === "" ? { kind: "empty", message: "ended well but said nothing" } : null;
}

/** What a program said of a failed call. */
export interface ErrorReport {
  /** In the program's own words. */
  message: string;
  /** HTTP status of the provider's answer, where known. */
  status?: number | null;
  /** Seconds until it is worth trying again, where the program says so apart from the message. */
  waitS?: number;
}

const limit =
  /rate.?limit|too many requests|(usage|session|weekly|spending|hour) limit|quota|credit balance|billing/i;
const credentials =
  /unauthori[sz]ed|forbidden|authenticat|api.?key|not logged in|log ?in\b|credentials|token (has |is )?(expired|invalid)/i;

/** Tells refused credentials and limits from other errors, and finds when a limit ends. */
export function describeError(report: ErrorReport, now: Date | undefined): RunnerError {
  const message = plainLine(report.message) || "an error without a message";
  const kind = errorKind(report);
  if (kind !== "rate_limit" || !now) return { kind, message };
  const at = report.waitS === undefined ? retryAt(message, now) : afterSeconds(report.waitS, now);
  return at ? { kind, message, retry_at: at } : { kind, message };
}

function errorKind({ message, status }: ErrorReport): "auth" | "rate_limit" | "model" {
  const code = status ?? Number(/(?:^|status |error:? |\()(401|403|429)\b/i.exec(message)?.[1]);
  if (code === 401) return "auth";
  // Before 403, which some providers answer when the quota is used up.
  if (code === 429 || limit.test(message)) return "rate_limit";
  return code === 403 || credentials.test(message) ? "auth" : "model";
}

/** Programs wait out shorter limits by themselves; beyond, the loop can do better than wait. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Whether it is in vain to let a program try again by itself: refused credentials stay refused, and a limit
 * that ends much later is waited for without a process. A short limit, or one of unknown end, may pass.
 */
export function isHopeless(error: RunnerError, now: Date | undefined): boolean {
  if (error.kind === "auth") return true;
  if (error.kind !== "rate_limit" || !error.retry_at) return false;
  return !now || Date.parse(error.retry_at) - now.getTime() > LONGEST_WAIT_MS;
}

const seconds = { d: 86_400, h: 3_600, m: 60, s: 1 };
const longest = 366 * 86_400;

/**
 * When an error message says that it is worth trying again: "try again in 1h 20m", "in 20s", "in 3 days 4
 * hours", "at 5:43 AM", "at Nov 25th, 2026 5:43 AM" (both in local time, as the programs mean it).
 *
 * @returns ISO 8601 in UTC; `undefined` where the message says nothing of the kind, or more than a year.
 */
export function retryAt(message: string, now: Date): string | undefined {
  const span = /(?:again|retry|reset\w*) (?:in|after) ((?:\d+(?:\.\d+)? ?[a-z]+[ ,]*)+)/i.exec(
    message,
  );
  if (span) return afterSeconds(spanSeconds(span[1]), now);
  const time =
    /again at (?:([a-z]{3}) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? )?(\d{1,2}):(\d\d) ?([ap])m/i
      .exec(message);
  if (!time) return undefined;
  const [, month, day, year, hour, minute, half] = time;
  // Only a copy of `now` and the text decide, never the clock.
  const at = month ? new Date(`${month} ${day} ${year}`) : new Date(now.getTime());
  at.setHours(Number(hour) % 12 + (half.toLowerCase() === "p" ? 12 : 0), Number(minute), 0, 0);
  // The seconds were left out: only after that minute is it surely over.
  at.setMinutes(at.getMinutes() + 1);
  if (!month && at <= now) at.setDate(at.getDate() + 1);
  return isWithinAYear(at, now) ? at.toISOString() : undefined;
}

/** The moment so many seconds after `now`, ISO 8601 in UTC; `undefined` unless within a year. */
export function afterSeconds(count: number, now: Date): string | undefined {
  if (!(count >= 0 && count <= longest)) return undefined;
  return new Date(now.getTime() + count * 1000).toISOString();
}

/** Whether a moment is none that nobody means; one that passed is fine. `false` for an invalid date. */
export function isWithinAYear(at: Date, now: Date): boolean {
  return at.getTime() - now.getTime() <= longest * 1000;
}

function spanSeconds(text: string): number {
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/gi)) {
    const key = unit.toLowerCase();
    if (key === "ms" || key.startsWith("milli")) total += Number(count) / 1000;
    else if (key[0] in seconds) total += Number(count) * seconds[key[0] as keyof typeof seconds];
  }
  return total;
}
