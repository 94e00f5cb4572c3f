import { stripAnsiCode } from "@std/colors";
import * as z from "zod/mini";
import type { RunnerError, RunnerResult, Usage } from "../../schema/decision.ts";
import { parseAs, type Schema } from "../../schema/schema.ts";
import { cut } from "../../schema/text.ts";

/** How a program ended. */
export interface RunnerEnd {
  /** Exit status; 128 + n when ended by signal n. */
  status: number;
  /** The last 2,048 characters of stderr. */
  stderrTail: string;
}

/** The tokens of one answer; `NaN`: it reported an invalid number. */
export type Tokens = Record<keyof Usage, number>;

/** Reads one call's output, line by line as it arrives; `line` fills the fields, and `end` sums them up. */
export abstract class StreamReader {
  /** Set once waiting is pointless (the program retries rejected credentials): stop it now. */
  hopeless: RunnerError | null = null;
  /** The last answer. */
  protected text = "";
  protected model: string | null = null;
  protected error: RunnerError | null = null;
  /** Tokens of each answer. */
  protected usages: Tokens[] = [];
  /** US dollars of each answer; `NaN`: it reported none, so the sum is unknown. */
  protected costs: number[] = [];

  /** @param now makes retry times of "in 20s" */
  constructor(protected readonly now: () => Date) {}

  /** Reads one line, without its LF, and returns what of it is worth showing to the user, if anything. */
  abstract line(line: string): string | undefined;

  /** Reads one line of stderr: some programs report only there that they wait before a retry. */
  errorLine?(line: string): string | undefined;

  /** Classifies an error. */
  protected describe(report: ErrorReport): RunnerError {
    return describeError(report, this.now());
  }

  /**
   * Stops a program that would retry in vain: rejected credentials stay rejected, and for a limit that ends much later the
   * loop waits without a process. A short limit, or one with an unknown end, may pass.
   */
  protected stopIfHopeless(error: RunnerError): void {
    const waitMs = Date.parse(error.retry_at ?? "") - this.now().getTime();
    if (error.kind === "auth" || waitMs > MAX_WAIT_MS) this.hopeless = error;
  }

  /**
   * Returns the result of the call: an exit status other than 0 and an answer without text are errors too, and a failed call has no
   * text.
   *
   * A call that the provider rejected, as the program's own events report, used nothing and costs 0; otherwise each
   * rate limit or expired login would leave an unknown cost in a budget in dollars.
   *
   * Any other price of 0 becomes `null` unless no tokens were used: pi and opencode report 0 for a model without a
   * configured price, which cannot be distinguished from a free model. So does every invalid amount.
   */
  end(end: RunnerEnd): RunnerResult {
    const { usages, model } = this;
    const sum = (key: keyof Usage) => {
      const count = usages.reduce((all, one) => all + one[key], 0);
      return usages.length > 0 && Number.isSafeInteger(count) && count >= 0 ? count : null;
    };
    const usage = {
      input_tokens: sum("input_tokens"),
      cached_input_tokens: sum("cached_input_tokens"),
      output_tokens: sum("output_tokens"),
    };
    const found = this.hopeless ?? this.error;
    const rejected = found?.kind === "auth" || found?.kind === "rate_limit";
    const unused = usage.input_tokens === 0 && usage.output_tokens === 0;
    const total = this.costs.reduce((all, cost) => all + cost, 0);
    const price = this.costs.length > 0 && Number.isFinite(total) && total >= 0 ? total : null;
    const failure = found ?? exitError(end, this.now());
    const error: RunnerError | null = failure === null && this.text.trim() === ""
      ? { kind: "empty", message: "exited with status 0 but printed no answer" }
      : failure;
    return {
      ...{ text: error ? "" : this.text, model, usage, error },
      cost_usd: rejected && (unused || usages.length === 0) ? 0 : unused ? price : price || null,
    };
  }
}

/** The text blocks of a message; claude and pi use one form. */
export function textOf(content: { type: string; text?: string }[]): string {
  return content.map((part) => part.type === "text" ? part.text ?? "" : "").join("");
}

/** Parses one line of an event stream; `undefined` if it is not JSON or not an event of this schema. */
export function parseEvent<T>(schema: Schema<T>, line: string): T | undefined {
  return line.startsWith("{") ? parseAs(schema, line) : undefined;
}

/**
 * Removes colours, control characters and direction marks, with which a model's text could move the cursor, change
 * the terminal's title or reorder the line; tabs and line breaks stay.
 */
export function plainText(text: string): string {
  return stripAnsiCode(text)
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
}

/** A number of tokens; `NaN` for an invalid one, so that a sum that includes it is unknown rather than wrong. */
export const tokenCount = z.catch(z.int().check(z.minimum(0)), NaN);

/** A price in US dollars; `NaN` likewise. */
export const dollars = z.catch(z.number().check(z.minimum(0)), NaN);

function exitError({ status, stderrTail }: RunnerEnd, now: Date): RunnerError | null {
  if (status === 0) return null;
  // Indented lines and closing brackets are the rest of a dump; its subject is in the line before.
  const last = stderrTail.split("\n").findLast((line) => /^[^\s}\])]/.test(line)) ?? "";
  const how = status > 128 ? `was ended by signal ${status - 128}` : `exited with status ${status}`;
  const error = describeError({ message: last ? `${how}: ${last}` : how }, now);
  return error.kind === "model" ? { ...error, kind: "exit" } : error;
}

/** A program's report of a failed call. */
export interface ErrorReport {
  message: string;
  /** HTTP status of the provider's answer, where known. */
  status?: number | null;
  /** Seconds until a retry makes sense, if the program reports them apart from the message. */
  waitS?: number;
}

const limit =
  /rate.?limit|too many requests|(usage|session|weekly|spending|hour) limit|quota|credit balance|billing/i;
const credentials =
  /unauthori[sz]ed|forbidden|authenticat|api.?key|not logged in|log ?in\b|credentials|token (has |is )?(expired|invalid)/i;

/** Distinguishes rejected credentials and limits from other errors, and finds when a limit ends. */
export function describeError(report: ErrorReport, now: Date): RunnerError {
  const line = plainText(report.message).replaceAll(/\s+/g, " ").trim();
  const message = cut(line, 500) || "an error without a message";
  const kind = errorKind(report);
  if (kind !== "rate_limit") return { kind, message };
  const at = report.waitS === undefined ? retryAt(message, now) : afterSeconds(report.waitS, now);
  return at ? { kind, message, retry_at: at } : { kind, message };
}

function errorKind({ message, status }: ErrorReport): "auth" | "rate_limit" | "model" {
  const code = status ?? Number(/(?:^|status |error:? |\()(401|403|429)\b/i.exec(message)?.[1]);
  if (code === 401) return "auth";
  // Before 403, which some providers return when the quota is used up.
  if (code === 429 || limit.test(message)) return "rate_limit";
  return code === 403 || credentials.test(message) ? "auth" : "model";
}

/** Programs may wait out shorter limits; for longer ones, the loop retries later without a process. */
const MAX_WAIT_MS = 30_000;

const seconds = { d: 86_400, h: 3_600, m: 60, s: 1 };
const MAX_SECONDS = 366 * 86_400;

/**
 * Finds the time of the next retry in an error message: "try again in 1h 20m", "in 20s", "in 3 days 4 hours", "at
 * 5:43 AM", "at Nov 25th, 2026 5:43 AM" (both in local time, as the programs mean it).
 *
 * @returns ISO 8601 in UTC; `undefined` if the message names no time, or one more than a year ahead.
 */
export function retryAt(message: string, now: Date): string | undefined {
  const span = /(?:again|retry|reset[a-z]*) (?:in|after) (?:\d+(?:\.\d+)? ?[a-z]+[ ,]*)+/i
    .exec(message);
  if (span) return afterSeconds(spanSeconds(span[0]), now);
  const time =
    /again at (?:([a-z]{3}) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? )?(\d{1,2}):(\d\d) ?([ap])m/i
      .exec(message);
  if (!time) return undefined;
  const [, month, day, year, hour, minute, half] = time;
  const at = month ? new Date(`${month} ${day} ${year}`) : new Date(now.getTime());
  at.setHours(Number(hour) % 12 + (half.toLowerCase() === "p" ? 12 : 0), Number(minute), 0, 0);
  // The message omits the seconds: only after that minute has the limit surely ended.
  at.setMinutes(at.getMinutes() + 1);
  if (!month && at <= now) at.setDate(at.getDate() + 1);
  return isWithinAYear(at, now) ? at.toISOString() : undefined;
}

/** The time so many seconds after `now`, ISO 8601 in UTC; `undefined` unless within a year. */
function afterSeconds(count: number, now: Date): string | undefined {
  if (!(count >= 0 && count <= MAX_SECONDS)) return undefined;
  return new Date(now.getTime() + count * 1000).toISOString();
}

/** Reports whether a date is plausible: at most a year ahead; one that passed is fine. `false` for an invalid date. */
export function isWithinAYear(at: Date, now: Date): boolean {
  return at.getTime() - now.getTime() <= MAX_SECONDS * 1000;
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
