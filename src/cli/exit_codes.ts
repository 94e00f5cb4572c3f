import { ConfigError, UsageError } from "../model/user_error.ts";

/** It did what it was asked for. */
export const OK = 0;
/** It could not. */
export const FAILED = 1;
/** The command line or the config is wrong. */
export const WRONG_USAGE = 2;

/** 128 + the signal's number, as shells count. SIGPIPE: the reader of stdout has gone. */
const STOPPED_BY: Record<string, number> = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 };

/** The exit status of what was thrown. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError || error instanceof ConfigError ? WRONG_USAGE : FAILED;
}

/** The exit status of what was stopped; `reason` is the signal's name. */
export function stoppedCode(reason: unknown): number {
  return STOPPED_BY[String(reason)] ?? FAILED;
}
