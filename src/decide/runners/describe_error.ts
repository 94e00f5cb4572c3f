import type { RunnerError } from "../../model/runner_result.ts";
import { plainLine } from "./plain_line.ts";
import { afterSeconds, retryAt } from "./retry_at.ts";

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
