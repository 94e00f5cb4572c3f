import type { Profile } from "../profile/profile.ts";
import type { ConfigError } from "../schema/errors.ts";

/** What a check looks at. */
export interface CheckInput {
  /** What it warns of becomes a finding. Where the config cannot be used, the defaults stand in it. */
  profile: Profile;
  /** Why the config cannot be used; `null`: it can. */
  configError: ConfigError | null;
  /** The variables named `LOOOP_…` that mean something. */
  variables: readonly string[];
  /** Fires when time is up, or looop is told to stop: what the check has started is to end then. */
  signal: AbortSignal;
}

/** One look at the machine or the profile. It changes nothing that lasts. */
export interface Check {
  /** What is looked at: for what there is to say where the check itself fails. */
  name: string;
  /** It makes no sense where the data directory was not made yet. Default `false`. */
  needsProfile?: boolean;
  /**
   * It does what only the config tells how to, or runs what may only be run as the config says. Default `false`.
   */
  needsConfig?: boolean;
  /** Milliseconds that it may take; `null`: it keeps to limits of its own. Default 10,000. */
  deadlineMs?: number | null;
  /** Throws where something is wrong that it does not look for: that becomes a finding, too. */
  run(input: CheckInput): Finding[] | Promise<Finding[]>;
}

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
  const parts = /^(.*)\n([^\n]+)$/s.exec(message) ??
    /^(.*?)(?:\. (?=[A-Z])|; )(.*)$/s.exec(message);
  return parts ? finding(level, check, parts[1], parts[2]) : finding(level, check, message, null);
}

/** A message of several lines names what is wrong in each behind the first. */
function finding(level: Level, check: string, text: string, fix: string | null): Finding {
  const found = text.trim().replace(/:\n\s*/g, ": ").replace(/\n\s*/g, "; ");
  return { check, level, found, fix };
}
