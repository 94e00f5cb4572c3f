/** `ok`: nothing to do; `warn`: looop works, but not as it could; `fail`: something does not work. */
export type Level = "ok" | "warn" | "fail";

/** What one look at one thing gave. */
export interface Finding {
  /** What was looked at, such as `git`, or `sensor today`. */
  check: string;
  level: Level;
  /** What was found, in one line. */
  found: string;
  /** What to do about it, as a command to type where there is one; `null`: nothing. */
  fix: string | null;
}

/** All is well with it. */
export function ok(check: string, found: string): Finding {
  return finding("ok", check, found, null);
}

/** looop works, but not as it could. */
export function warn(check: string, found: string, fix: string | null): Finding {
  return finding("warn", check, found, fix);
}

/** Something does not work. */
export function fail(check: string, found: string, fix: string | null): Finding {
  return finding("fail", check, found, fix);
}

/**
 * A finding from the message of an error, which says what to do behind its first sentence, or in its last line.
 */
export function fromMessage(level: "warn" | "fail", check: string, message: string): Finding {
  const parts = /^(.*)\n([^\n]+)$/s.exec(message) ?? /^(.*?)\. ([A-Z].*)$/s.exec(message);
  return parts ? finding(level, check, parts[1], parts[2]) : finding(level, check, message, null);
}

/** A message of several lines names what is wrong in each behind the first. */
function finding(level: Level, check: string, text: string, fix: string | null): Finding {
  const found = text.trim().replace(/:\n\s*/g, ": ").replace(/\n\s*/g, "; ");
  return { check, level, found, fix };
}
