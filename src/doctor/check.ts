import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";

/** What a check gets. */
export interface CheckInput {
  /** Its warnings become findings. */
  profile: Profile;
  /** The names `LOOOP_…` of the variables that looop reads. */
  variables: readonly string[];
  /** Fires at the check's deadline, or when looop is told to stop: the check then ends what it started. */
  signal: AbortSignal;
}

/** One check of the machine or the profile. Its changes do not outlive it. */
export interface Check {
  /** What is checked: the default subject of its findings. */
  name: string;
  /** Skip it before the data directory exists. Default `false`. */
  needsProfile?: boolean;
  /**
   * Skip it if the config is invalid and no valid one is known: it starts what the config names or restricts. Default
   * `false`.
   */
  needsConfig?: boolean;
  /** Milliseconds that it may take; `null`: it has its own limits. Default 10,000. */
  deadlineMs?: number | null;
  /** Finds problems; what it throws becomes one. */
  run(input: CheckInput): Findings;
}

/** The findings of a check; it returns what to report as `ok` if none of them is about the check's own subject. */
export type Findings = Generator<Finding, string | void> | AsyncGenerator<Finding, string | void>;

/** `ok`: nothing to do; `warn`: looop works, with limits; `fail`: something does not work. */
export type Level = "ok" | "warn" | "fail";

/** The result of checking one thing. */
export interface Finding {
  /** What was checked, such as `git`, or `sensor today`; empty until the report: the check's name. */
  check: string;
  level: Level;
  /** The result, in one line. */
  found: string;
  /** The remedy, a command if there is one; `null`: nothing to do. */
  fix: string | null;
}

/** Makes a finding: nothing to do. */
export function ok(found: string, check = ""): Finding {
  return finding("ok", found, null, check);
}

/** Makes a finding: looop works, with limits. */
export function warn(found: string, fix: string | null, check = ""): Finding {
  return finding("warn", found, fix, check);
}

/** Makes a finding: something does not work. */
export function fail(found: string, fix: string | null, check = ""): Finding {
  return finding("fail", found, fix, check);
}

/** Makes a finding of an error, whose remedy follows its first sentence or a semicolon, or is its last line. */
export function fromError(level: "warn" | "fail", error: unknown, check = ""): Finding {
  const message = messageOf(error);
  const [, found = message, fix = null] = /^(.*)\n([^\n]+)$/s.exec(message) ??
    /^(.*?)(?:\. (?=[A-Z])|; )(.*)$/s.exec(message) ?? [];
  return finding(level, found, fix, check);
}

/** Runs one part of a check; what it throws becomes a finding, so that the other parts still run. */
export async function* attempt(
  part: () => Findings,
  check = "",
): AsyncGenerator<Finding, string | void> {
  try {
    return yield* part();
  } catch (error) {
    yield fromError("fail", error, check);
  }
}

/** Joins the lines of a message: the first is the subject of the others. */
function finding(level: Level, text: string, fix: string | null, check: string): Finding {
  const found = text.trim().replace(/:\n\s*/g, ": ").replace(/\n\s*/g, "; ");
  return { check, level, found, fix };
}
