import type { Profile } from "../profile/profile.ts";
import { type ConfigError, messageOf } from "../schema/errors.ts";

/** What a check gets. */
export interface CheckInput {
  /** Its warnings become findings. If the config is invalid, it has the defaults. */
  profile: Profile;
  /** Why the config is invalid; `null`: it is valid. */
  configError: ConfigError | null;
  /** The names `LOOOP_…` of the variables that looop reads. */
  variables: readonly string[];
  /** Fires at the check's deadline, or when looop is told to stop: the check then ends what it started. */
  signal: AbortSignal;
}

/** One check of the machine or the profile. Its changes do not outlive it. */
export interface Check {
  /** What is checked: the subject of findings where the check itself fails. */
  name: string;
  /** Skip it before the data directory exists. Default `false`. */
  needsProfile?: boolean;
  /** Skip it if the config is invalid: it starts what the config names or restricts. Default `false`. */
  needsConfig?: boolean;
  /** Milliseconds that it may take; `null`: it has its own limits. Default 10,000. */
  deadlineMs?: number | null;
  /** What to report if there are no findings. Default: nothing. */
  fine?: string;
  /** Returns the findings; what it throws becomes one. */
  run(input: CheckInput): Finding[] | Promise<Finding[]>;
}

/** `ok`: nothing to do; `warn`: looop works, with limits; `fail`: something does not work. */
export type Level = "ok" | "warn" | "fail";

/** The result of checking one thing. */
export interface Finding {
  /** What was checked, such as `git`, or `sensor today`. */
  check: string;
  level: Level;
  /** The result, in one line. */
  found: string;
  /** The remedy, a command if there is one; `null`: nothing to do. */
  fix: string | null;
}

/** Makes a finding: nothing to do. */
export function ok(check: string, found: string): Finding {
  return finding("ok", check, found, null);
}

/** Makes a finding: looop works, with limits. */
export function warn(check: string, found: string, fix: string | null): Finding {
  return finding("warn", check, found, fix);
}

/** Makes a finding: something does not work. */
export function fail(check: string, found: string, fix: string | null): Finding {
  return finding("fail", check, found, fix);
}

/** Makes a finding of an error, whose remedy follows its first sentence or a semicolon, or is its last line. */
export function fromError(level: "warn" | "fail", check: string, error: unknown): Finding {
  const message = messageOf(error);
  const parts = /^(.*)\n([^\n]+)$/s.exec(message) ??
    /^(.*?)(?:\. (?=[A-Z])|; )(.*)$/s.exec(message);
  return parts ? finding(level, check, parts[1], parts[2]) : finding(level, check, message, null);
}

/** Runs one part of a check; what it throws becomes a finding, so that the other parts still run. */
export async function attempt(
  check: string,
  inspect: () => Finding[] | Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await inspect();
  } catch (error) {
    return [fromError("fail", check, error)];
  }
}

/** Formats a count with its noun. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Joins the lines of a message: the first is the subject of the others. */
function finding(level: Level, check: string, text: string, fix: string | null): Finding {
  const found = text.trim().replace(/:\n\s*/g, ": ").replace(/\n\s*/g, "; ");
  return { check, level, found, fix };
}
