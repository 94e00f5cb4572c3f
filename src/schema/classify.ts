import type { RunnerError } from "./decision.ts";
import { cut, plainText } from "./text.ts";
import { afterSeconds, retryAt } from "./reset_time.ts";

/** A program's report of a failed call. */
export interface ErrorReport {
  message: string;
  /** HTTP status of the provider's answer, where known. */
  status?: number | null;
  /** The kind of error as the program or the provider names it: `rate_limit`, `overloaded_error`, … */
  type?: string | null;
  /** Seconds until a retry makes sense, if the program reports them apart from the message. */
  waitS?: number;
  /** When a retry makes sense, ISO 8601 in UTC, if the program reports that. */
  retryAt?: string;
}

/**
 * Distinguishes rejected credentials and limits from errors that pass by themselves, and finds when a limit ends. The status
 * and the type decide; the words of the message only where neither does, without the names of hosts and files in it.
 */
export function describeError(report: ErrorReport, now: Date): RunnerError {
  const line = plainText(report.message).replaceAll(/\s+/g, " ").trim();
  const message = cut(line, 500) || "an error without a message";
  const kind = errorKind({ ...report, message: line.slice(0, MAX_SEARCHED) });
  if (kind !== "rate_limit") return { kind, message };
  const at = report.waitS !== undefined
    ? afterSeconds(report.waitS, now)
    : report.retryAt ?? retryAt(line.slice(0, MAX_SEARCHED), now);
  return at ? { kind, message, retry_at: at } : { kind, message };
}

/** How much of a message is searched, in characters. */
const MAX_SEARCHED = 4000;

/** `model`: an error that passes by itself, or an unknown one. */
type Kind = "auth" | "rate_limit" | "model";

const STATUS =
  /(?:^|\bstatus(?: code)?:? ?|\bHTTP(?:\/[\d.]+)?:? |\berror(?: code)?(?: \([^()]{1,80}\))?:? |<(?:title|h1)>|\(|"(?:code|status|statusCode)" ?: ?"?)([45]\d\d)\b(?! ?(?:tokens|char|bytes|ms\b|s\b))/i;

/** Names of errors by claude, opencode and the providers, Amazon's among them. */
const TYPES: [RegExp, Kind][] = [
  [/^(authentication_(failed|error)|permission_error|ProviderAuthError)$/i, "auth"],
  [/^(UNAUTHENTICATED|PERMISSION_DENIED|invalid_api_key|API_KEY_INVALID|token_expired)$/i, "auth"],
  [/^(rate_limit(_\w+)?|billing_error|insufficient_quota|usage_limit_reached)$/i, "rate_limit"],
  [/^(RESOURCE_EXHAUSTED|quota_exceeded|billing_hard_limit_reached)$/i, "rate_limit"],
  [/^(overloaded(_error)?|server_(error|overloaded)|api_error|timeout_error)$/i, "model"],
  [/^(internal(_server)?_error|internal|UNAVAILABLE|DEADLINE_EXCEEDED)$/i, "model"],
  [/^(AccessDenied|ExpiredToken|UnrecognizedClient|InvalidSignature)Exception$/, "auth"],
  [/^(Throttling|ServiceQuotaExceeded)Exception$/, "rate_limit"],
  [/^\w+Exception$/, "model"],
];

/**
 * Reports whether a call failed before the provider worked on it, so that it costs nothing: its server failed or was
 * overloaded, or could not be reached.
 */
export function isUnbilled({ message, status }: ErrorReport): boolean {
  return statusOf({ message, status }) >= 500 || OVERLOAD.test(message) ||
    UNREACHABLE.test(message);
}

/**
 * The known error that a program printed as its answer, in a line, as JSON or as a web page; `null` for what a model may
 * have written: a text of several lines, or one with an action.
 */
export function errorInAnswer(answer: string, now: Date): RunnerError | null {
  const message = answer.trim();
  const isReport =
    /^(?:<(?:!doctype|html)\b|\[?\{\s*"(?:error|type"\s*:\s*"error)")/i.test(message) ||
    (message.length <= 200 && !message.includes("\n"));
  if (!isReport || /\baction\b/.test(message)) return null;
  const error = describeError({ message }, now);
  return error.kind !== "model" || isUnbilled({ message }) ? error : null;
}

const UNREACHABLE =
  /\bE(?:NOTFOUND|AI_\w+|CONNREFUSED|HOST\w+|NET\w+)\b|getaddrinfo|no such host|dns error|name resolution|name or service not known|no route to host|connection refused|(?:could ?n[o']t|cannot|can't|unable to|failed to) (?:resolve|connect)/i;

/** `NaN` where it is not known. */
function statusOf({ message, status }: ErrorReport): number {
  return status ?? Number(STATUS.exec(message)?.[1] ?? NaN);
}

function errorKind({ message, status, type }: ErrorReport): Kind {
  const code = statusOf({ message, status });
  if (code === 401) return "auth";
  if (code === 402 || code === 429) return "rate_limit";
  // 407: the proxy between, which may be another one tomorrow.
  if (code >= 500 || code === 408 || code === 407) return "model";
  const named = [type ?? "", ...typesIn(message)]
    .map((name) => TYPES.find(([pattern]) => pattern.test(name))?.[1])
    .find((kind) => kind !== undefined);
  if (named) return named;
  if (MACHINE.test(message) || TOO_LONG.test(message)) return "model";
  const words = withoutNames(message);
  // Before 403, which some providers return when the quota is used up.
  if (LIMIT.test(words)) return "rate_limit";
  if (code === 403) return "auth";
  return !OVERLOAD.test(words) && CREDENTIALS.test(words) ? "auth" : "model";
}

/** Names of errors in JSON that a program prints as it is, and of Amazon's exceptions. */
function typesIn(message: string): string[] {
  const names =
    /"(?:type|code|status|reason)" ?: ?"(\w{1,40})"|\b([A-Z][A-Za-z]{1,40}Exception)\b/g;
  return [...message.matchAll(names)].map(([, name, exception]) => name ?? exception);
}

/** The network, the disk or the memory of this machine failed: not the provider, whatever else the message says. */
const MACHINE = new RegExp(
  [
    String
      .raw`\bE(?:NOTFOUND|AI_\w+|CONN\w+|TIMEDOUT|HOST\w+|NET\w+|PIPE|ADDR\w+|SOCKET\w*|PROTO)\b`,
    String
      .raw`\b(?:ENOSPC|EDQUOT|EROFS|EIO|EMFILE|ENFILE|ENOMEM|UND_ERR_\w+|ERR_(?:NETWORK|SOCKET|TLS|SSL)\w*)\b`,
    String
      .raw`getaddrinfo|no such host|socket hang up|fetch failed|failed to fetch|dns error|error sending request`,
    String.raw`(?:could ?n[o']t|cannot|can't|unable to|failed to) (?:resolve|connect|reach)`,
    String.raw`name or service not known|nodename nor servname|name resolution|name not resolved`,
    String
      .raw`connection (?:error|refused|reset|closed|aborted|lost|terminated|timed)|connect(?:ion)? time-?out`,
    String.raw`proxy auth|statusCode=407|\(407\)|QuotaExceededError|\b(?:btrfs|zfs|xfs|nfs)\b`,
    String
      .raw`network (?:error|is (?:down|unreachable)|unreachable)|no route to host|host is (?:down|unreachable)`,
    String.raw`(?:request|connect\w*|operation|read|response|lookup|handshake)(?: has)? timed out`,
    String.raw`premature(?:ly)? close|local issuer certificate`,
    String
      .raw`no space left|disk (?:is )?full|read-only file system|(?:out of|cannot allocate) memory|os error \d`,
    String.raw`\b(?:disk|disc|block|file|inode|storage|volume|filesystem|home)[\w ]{0,20} quota`,
    String.raw`quota (?:exceeded )?(?:on|for|of) (?:the )?(?:device|disk|file|volume|directory|\/)`,
  ].join("|"),
  "i",
);
/** A limit of the model, which no time ends. */
const TOO_LONG =
  /(?:prompt|input|conversation|messages?) (?:is|are) too long|context (?:length|window)|context_length_exceeded/i;
const LIMIT = new RegExp(
  [
    "rate.?limit|too many (?:concurrent )?(?:requests|tokens)|throttl|quota|billing|credit balance|regain access",
    "(?:usage|session|weekly|daily|monthly|spend|spending|credit|hour|request|token|message|key|concurrency) (?:limit|cap)",
    "limit (?:will )?(?:resets?|renews?)\\b|payment required|free trial",
    String
      .raw`(?<!\b(?:context|size|length|depth|nesting|recursion|stack|turn|output) )limit reached`,
    String
      .raw`(?:hit|reached|exceeded) your (?:(?!context|maximum|output)[\w.-]+ ){0,4}(?:limits?|cap|allowance|usage)\b`,
    "(?:insufficient|out of|no|add|requires more) (?:extra )?(?:credit|fund|balance|usage)|usage exceeded|exhausted your",
  ].join("|"),
  "i",
);
const OVERLOAD =
  /overloaded|internal (?:server )?error|bad gateway|(?:service|temporarily) (?:is )?(?:currently |temporarily )?unavailable|high demand/i;
const CREDENTIALS =
  /unauthori[sz]ed|not authori[sz]ed|forbidden|access denied|security token|subscription key|authenticat|api.?key|not logged in|\b(?:log|sign) ?in\b|credentials|invalid_grant|\btoken (?:has |is )?(?:expired|invalid|revoked)|(?:expired|invalid|revoked) (?:\w+ )?token\b|\b(?:account|organization|workspace|subscription|license) (?:has |was |is )?(?:been )?(?:disabled|deactivated|suspended|blocked|expired)/i;

/** Removes what can have any word in it: the names of hosts and files, and a web page, such as that of a hotel's Wi-Fi. */
function withoutNames(message: string): string {
  return message
    .replace(/<(?:!doctype|html)\b.*/is, " ")
    .replaceAll(/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)]+/gi, " ")
    .replaceAll(/(?:~|\.{1,2})?\/[\w.@+-]+(?:\/[\w.@+-]*)+/g, " ")
    .replaceAll(/\b[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.[a-z]{2,24}\b(?::\d+)?/g, " ")
    .replaceAll(/\b[a-z][a-z0-9_-]{0,62}:\d{2,5}\b/gi, " ");
}
