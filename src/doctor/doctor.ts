import { systemClock } from "../os/clock.ts";
import { isPresent } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { type Check, type CheckInput, fail, type Finding, fromMessage, warn } from "./check.ts";
import { checkGoals, checkSensors } from "./documents.ts";
import { checkClock, checkDisk, checkEnvironment } from "./machine.ts";
import { checkConfig, checkLocks, checkPermissions, checkProfile, checkState } from "./profile.ts";
import { checkDeno, checkPrograms } from "./programs.ts";
import { checkAsks, checkHistory, checkRecords } from "./records.ts";
import { checkRunners, liveCheck } from "./runners.ts";
import { checkScope } from "./scope.ts";
import { checkPulse, checkSandbox, checkWorkers } from "./workers.ts";

/** How long a check may take that says nothing else, in milliseconds. */
const DEADLINE_MS = 10_000;

/** What {@linkcode doctor} is told besides the profile. */
export interface DoctorInput extends Omit<CheckInput, "profile"> {
  /** Asks the runners, too: that costs. Default `false`. */
  live?: boolean;
  /** Told the name of the check that is waited for. */
  onWait?(name: string): void;
}

/**
 * Looks at all that looop needs. It repairs nothing, makes no profile, and ends though a program hangs.
 *
 * @returns the findings of one check after the other, in an order that is always the same
 * @throws the reason of `signal` when it fired.
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
  // A hung or hungry check beside it would count against the runner.
  const found = exists
    ? await guarded(liveCheck, profile, input)
    : [warn(liveCheck.name, "not asked: there is no profile yet", "looop")];
  input.signal.throwIfAborted();
  yield found;
}

/** Runs a check; whatever becomes of it is told by findings. */
async function guarded(check: Check, profile: Profile, input: DoctorInput): Promise<Finding[]> {
  const { name, needsConfig, deadlineMs = DEADLINE_MS } = check;
  if (needsConfig && input.configError) {
    return [warn(name, "not looked at, since the config cannot be used", null)];
  }
  const warnings: string[] = [];
  const over = new AbortController();
  const timeUp = new AbortController();
  const signal = AbortSignal.any([input.signal, timeUp.signal]);
  const masked = { ...profile, warn: (text: string) => void warnings.push(profile.mask(text)) };
  const looked = Promise.try(() => check.run({ ...input, profile: masked, signal }))
    .catch((error) => [fromMessage("fail", name, messageOf(error))]);
  const waited = deadlineMs === null
    ? new Promise<never>(() => undefined)
    : systemClock.sleep(deadlineMs, AbortSignal.any([over.signal, input.signal]));
  const found = await Promise.race([looked, waited]);
  over.abort();
  timeUp.abort(new Error("time is up"));
  return [
    ...warnings.map((text) => fromMessage("warn", name, text)),
    ...found ?? [tooLate(name, deadlineMs)],
  ];
}

function tooLate(name: string, deadlineMs: number | null): Finding {
  const found = `not done within ${(deadlineMs ?? 0) / 1000} s: a program that it starts hangs`;
  return fail(name, found, "ps -e -o pid,etime,args shows what hangs");
}

/** Every check, in the order in which they are told: first the machine, then the profile, then what takes longest. */
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
  checkHistory,
  checkState,
  checkRecords,
  checkAsks,
  checkGoals,
  checkWorkers,
  checkSandbox,
  checkRunners,
  checkSensors,
];
