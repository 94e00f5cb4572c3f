/**
 * Checks what looop needs on this machine and in the profile, for `looop doctor`.
 *
 * - `check.ts`: what a check and a finding are
 * - `programs.ts`, `machine.ts`: programs, environment, disk and clock
 * - `confinement.ts`: Deno's permissions, and what the sandbox keeps from programs
 * - `profile.ts`, `records.ts`, `documents.ts`: config, state and files of the profile; sensors
 * - `workers.ts`, `runners.ts`: workers, pulse and notifications; runners
 *
 * @module
 */

import { systemClock } from "../os/clock.ts";
import { isPresent } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import {
  attempt,
  type Check,
  type CheckInput,
  fail,
  type Finding,
  fromError,
  ok,
  warn,
} from "./check.ts";
import { checkSandbox, checkScope } from "./confinement.ts";
import { checkGoals, checkSchedules, checkSensors } from "./documents.ts";
import { checkClock, checkDisk, checkEnvironment } from "./machine.ts";
import { checkConfig, checkLocks, checkPermissions, checkProfile, checkState } from "./profile.ts";
import { checkDeno, checkPrograms } from "./programs.ts";
import { checkAsks, checkHistory, checkRecords } from "./records.ts";
import { checkRunners, liveCheck } from "./runners.ts";
import { checkNotify, checkPulse, checkWorkers } from "./workers.ts";

/** Default deadline of a check, in milliseconds. */
const DEADLINE_MS = 10_000;

/** Input of {@linkcode doctor} besides the profile. */
export interface DoctorInput extends Omit<CheckInput, "profile"> {
  /** Also calls the runners, which costs money. Default `false`. */
  live?: boolean;
  /** Called with the name of the check that is waited for. */
  onWait?(name: string): void;
}

/**
 * Runs all checks concurrently. Repairs nothing, creates no profile, and ends even if a program hangs.
 *
 * @returns the findings of each check, always in the same order
 * @throws the reason of `signal` if it fires.
 */
export async function* doctor(profile: Profile, input: DoctorInput): AsyncGenerator<Finding[]> {
  const exists = isPresent(profile.paths.own);
  const due = (checks: readonly Check[]) => checks.filter((one) => exists || !one.needsProfile);
  const begun = due(CHECKS).map((check) => ({ check, findings: guarded(check, profile, input) }));
  for (const { check, findings } of begun) {
    input.onWait?.(check.name);
    const found = await findings;
    input.signal.throwIfAborted();
    yield found;
  }
  if (!input.live) return;
  input.onWait?.(liveCheck.name);
  // A slow check beside it would count against the runner.
  const found = exists
    ? await guarded(liveCheck, profile, input)
    : [warn("not called: there is no profile yet", "looop", liveCheck.name)];
  input.signal.throwIfAborted();
  yield found;
}

/** Runs a check until its deadline; every failure becomes a finding. */
async function guarded(check: Check, profile: Profile, input: DoctorInput): Promise<Finding[]> {
  const { name, needsConfig, deadlineMs = DEADLINE_MS } = check;
  const { configError, configText } = profile;
  if (needsConfig && configError && configText === undefined) {
    return [warn("not checked, since the config is invalid", null, name)];
  }
  const warnings: Finding[] = [];
  const timeUp = new AbortController();
  const signal = AbortSignal.any([input.signal, timeUp.signal]);
  const masked = {
    ...profile,
    warn: (text: string) => void warnings.push(fromError("warn", profile.mask(text))),
  };
  const checked = findingsOf(check, { ...input, profile: masked, signal });
  const waited = deadlineMs === null
    ? new Promise<never>(() => undefined)
    : systemClock.sleep(deadlineMs, signal);
  const found = await Promise.race([checked, waited]);
  timeUp.abort(new Error("time is up"));
  const late = `not done within ${(deadlineMs ?? 0) / 1000} s: a program that it starts hangs`;
  const all = found ?? [fail(late, "ps -e -o pid,etime,args shows what hangs")];
  return [...warnings, ...all].map((one) => ({ ...one, check: one.check || name }));
}

async function findingsOf(check: Check, input: CheckInput): Promise<Finding[]> {
  const found: Finding[] = [];
  const findings = attempt(() => check.run(input));
  let next = await findings.next();
  for (; !next.done; next = await findings.next()) found.push(next.value);
  if (next.value && found.every((one) => one.check !== "")) found.push(ok(next.value));
  return found;
}

/** Every check, in the order of the report: first the machine, then the profile, then what takes longest. */
export const CHECKS: readonly Check[] = [
  checkDeno,
  checkScope,
  checkPrograms,
  checkEnvironment,
  checkConfig,
  checkProfile,
  checkPermissions,
  checkDisk,
  checkClock,
  checkLocks,
  checkPulse,
  checkNotify,
  checkHistory,
  checkState,
  checkRecords,
  checkAsks,
  checkGoals,
  checkSchedules,
  checkWorkers,
  checkSandbox,
  checkRunners,
  checkSensors,
];
